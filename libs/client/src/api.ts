/* Made of docs/openapi.json by `npm run client`. */
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AcceptBody: {
            /**
             * @description what stands behind the # of the link
             * @example k1.acme.inv_01jx8q5v3mf2h9k7c4n6t0wzpd.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
             */
            token: string;
            /**
             * @description how to be called here
             * @example Ada Lovelace
             */
            name?: string;
        };
        AccessRequest: {
            /**
             * Format: date-time
             * @description until then access can be asked for with this
             * @example 2026-03-01T12:00:00.000Z
             */
            expires_at: string;
            /** @example eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl */
            binding_token: string;
        };
        ActAnswer: {
            /**
             * @description what lets them do it
             * @example view_organization
             * @enum {string}
             */
            operation: "view_organization" | "update_organization" | "change_policies" | "delete_organization" | "adopt_catalogue" | "view_space" | "create_space" | "update_space" | "deactivate_space" | "reactivate_space" | "delete_space" | "view_members" | "invite" | "resend_invitation" | "revoke_invitation" | "change_roles" | "update_member" | "deactivate_member" | "reactivate_member" | "remove_member" | "erase_member" | "transfer_ownership" | "view_roles" | "manage_roles" | "view_teams" | "manage_teams" | "view_service_accounts" | "create_service_account" | "update_service_account" | "change_service_account_roles" | "delete_service_account" | "view_api_keys" | "create_api_key" | "update_api_key" | "rotate_api_key" | "revoke_api_key" | "view_audit" | "read_access";
            /**
             * @description absent: with manage_roles a role they define, of all that they have; else none
             * @example editor
             */
            role?: string;
            /**
             * @description organization, the id of a space, or any_space: wherever they hold nothing of their own
             * @example organization
             */
            scope: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
            /**
             * @description a member or service account that is there: with its key comes all it holds; once there is one, it can be given more
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            principal?: string;
        };
        ActionAnswer: {
            /** @example policies:assign */
            name: string;
        };
        ActionBody: {
            /**
             * @description a permission of the organization's catalogue
             * @example policies:assign
             */
            name: string;
            /**
             * @description not looked at
             * @example {}
             */
            properties?: {
                [key: string]: unknown;
            };
        };
        ActionSearchBody: {
            context?: components["schemas"]["ContextBody"];
            page?: components["schemas"]["SearchPage"];
            subject: components["schemas"]["SubjectBody"];
            resource: components["schemas"]["ResourceBody"];
        };
        ActionsAnswer: {
            page: components["schemas"]["PageAnswer"];
            context?: components["schemas"]["SearchContext"];
            results: components["schemas"]["ActionAnswer"][];
        };
        ActorAnswer: {
            /**
             * @example user
             * @enum {string}
             */
            kind: "user" | "service_account" | "api_key" | "link" | "system";
            /** @example usr_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /**
             * @description whose rights were used
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            member?: string;
            /**
             * @description whom a trusted service acted for
             * @example usr_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            actingFor?: string;
            /**
             * @example http
             * @enum {string}
             */
            via: "http" | "grpc" | "cli" | "internal";
        };
        AddedRoleBody: {
            /** @example editor */
            role: string;
            /**
             * Format: date-time
             * @description in force from then on; absent: at once. What it takes the place of is held until then where it is added, too, with this as its expiresAt
             * @example 2026-03-01T12:00:00.000Z
             */
            notBefore?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
        };
        AdoptCatalogueBody: {
            /** @example 1 */
            version: number;
            /**
             * @description role of the old version → role that takes its place
             * @example {
             *       "analyst": "reader"
             *     }
             */
            remap?: {
                [key: string]: string;
            };
            /**
             * @description as ?dryRun=true
             * @example true
             */
            dryRun?: boolean;
        };
        AdoptionAnswer: {
            /** @example acme */
            organization: string;
            /**
             * @description the one it is on
             * @example 1
             */
            version: number;
            /**
             * @description the newest
             * @example 1
             */
            latest: number;
            /**
             * @example manual
             * @enum {string}
             */
            adoption: "manual" | "follow";
            /** @description why it could not follow */
            refused?: components["schemas"]["AdoptionRefusalAnswer"];
        };
        AdoptionPage: {
            items: components["schemas"]["AdoptionAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        AdoptionRefusalAnswer: {
            /** @example catalogue.remap_needed */
            code: string;
            /** @example Version 2 has no role guest; name in remap what takes its place. */
            detail: string;
        };
        Alive: {
            /**
             * @example ok
             * @enum {string}
             */
            status: "ok";
        };
        ApiKeyAnswer: {
            /** @example key_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /**
             * @description mem_…, svc_… or organization
             * @example svc_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            owner: string;
            /** @example Analytical Engines */
            name: string;
            /**
             * @example [
             *       "findings:read"
             *     ]
             */
            scopes: string[];
            /**
             * Format: date-time
             * @description absent: without end
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
            /**
             * @description the key itself, shown this once
             * @example key_…
             */
            secret?: string;
            /**
             * @example active
             * @enum {string}
             */
            status?: "active" | "expired" | "revoked";
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            revokedAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            createdAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt?: string;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        ApiKeyPage: {
            items: components["schemas"]["ApiKeyAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        AuditAnswer: {
            /** @example 0198c6a1-… */
            id: string;
            /** @example acme */
            organization: string;
            /** @example YWNtZSA0MQ */
            revision: string;
            /**
             * @description place in the organization’s history
             * @example 1
             */
            streamRevision: number;
            /** @example member.role_change */
            type: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            at: string;
            actor: components["schemas"]["ActorAnswer"];
            /**
             * @description of the actor, or the person acted for, as known now; null: erased
             * @example Ada Lovelace
             */
            actorName?: string | null;
            /** @example ada@example.com */
            actorEmail?: string | null;
            /**
             * @description null: erased
             * @example 203.0.113.7
             */
            clientAddress?: string | null;
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            subject: string;
            /**
             * @description whom it is about
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            member?: string;
            /**
             * @description null: erased
             * @example Grace Hopper
             */
            memberName?: string | null;
            /** @example grace@example.com */
            memberEmail?: string | null;
            /**
             * @example [
             *       "space_01jx8q5v3mf2h9k7c4n6t0wzpd"
             *     ]
             */
            spaces: string[];
            /**
             * @example {
             *       "name": "Acme"
             *     }
             */
            before?: {
                [key: string]: unknown;
            };
            /**
             * @example {
             *       "name": "Acme"
             *     }
             */
            after?: {
                [key: string]: unknown;
            };
            /**
             * @example {
             *       "name": "Acme"
             *     }
             */
            data: {
                [key: string]: unknown;
            };
            /** @example cmd_01jx8q5v3mf2h9k7c4n6t0wzpd */
            commandId: string;
            /** @example req_1a2b */
            correlationId: string;
            /**
             * @description the catalogue version it was decided with
             * @example 1
             */
            catalogueVersion: number;
        };
        AuditPage: {
            items: components["schemas"]["AuditAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        CatalogueAnswer: {
            /** @example mondoo */
            id: string;
            /** @example Mondoo */
            name: string;
            /** @example Base roles for most people, specialized roles stacked on top */
            description?: string;
            /**
             * @description the newest
             * @example 1
             */
            version: number;
            /**
             * @description SHA-256 of its content, hex
             * @example c2…
             */
            sha256: string;
            /**
             * @example [
             *       1
             *     ]
             */
            versions: number[];
        };
        CatalogueContentAnswer: {
            /** @example mondoo */
            id: string;
            /** @example 1 */
            version: number;
            /** @example c2… */
            sha256: string;
            /**
             * @description the catalogue as it was published
             * @example {
             *       "id": "mondoo"
             *     }
             */
            content: {
                [key: string]: unknown;
            };
        };
        CataloguePage: {
            items: components["schemas"]["CatalogueAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        ChangeApiKeyBody: {
            /** @example old pipeline */
            name?: string;
            /**
             * @example [
             *       "findings:read"
             *     ]
             */
            scopes?: string[];
            /**
             * Format: date-time
             * @description null: without end
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string | null;
        };
        ChangeEventAnswer: {
            /** @example 0198c6a1-… */
            id: string;
            /** @example member.role_change */
            type: string;
            /**
             * @description platform: what the platform gives has changed
             * @example acme
             */
            organization: string;
            /** @example YWNtZSA0MQ */
            revision: string;
            /** @example 1 */
            streamRevision: number;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            at: string;
        };
        ChangeMessage: {
            /**
             * @description within an event: the place before it
             * @example eyJhZnRlciI6NDF9
             */
            cursor?: string;
            /** @example acme */
            organization: string;
            /**
             * @description of the organization’s last event
             * @example YWNtZSA0MQ
             */
            revision: string;
            /** @example 1 */
            streamRevision: number;
            /** @description absent: it is held now */
            event?: components["schemas"]["ChangeEventAnswer"];
            /**
             * @description of an event: the rest of it follows
             * @example true
             */
            more?: boolean;
            changes: components["schemas"]["ChangedHoldingAnswer"][];
            spaces: components["schemas"]["SpaceChangeAnswer"][];
        };
        ChangeOrganizationBody: {
            /** @example Analytical Engines */
            name?: string;
            /** @description null: the catalogue’s value */
            policies?: components["schemas"]["PolicyChangesBody"];
        };
        ChangeRoleBody: {
            /** @example Auditor */
            name?: string;
            /** @example Looks, and changes nothing */
            description?: string;
            /**
             * @example [
             *       "policies:assign"
             *     ]
             */
            permissions?: string[];
        };
        ChangeRolesBody: {
            add?: components["schemas"]["AddedRoleBody"][];
            /**
             * @example [
             *       "editor"
             *     ]
             */
            remove?: string[];
            /**
             * @description absent: the whole organization
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
        };
        ChangeServiceAccountBody: {
            /** @example weekly scans */
            name?: string;
            /** @example Runs the nightly scans */
            description?: string;
        };
        ChangeWebhookBody: {
            /**
             * Format: uri
             * @example https://acme.example/hook
             */
            url?: string;
            /** @example Tells the directory who comes and goes */
            description?: string;
            /**
             * @description one at least; absent: as they are; null: every event
             * @example [
             *       "organization.create"
             *     ]
             */
            types?: ("organization.create" | "organization.rename" | "organization.policy_change" | "organization.catalogue_adopt" | "organization.suspend" | "organization.resume" | "organization.delete" | "space.create" | "space.rename" | "space.deactivate" | "space.reactivate" | "space.delete" | "member.invite" | "member.invite_resend" | "member.invite_revoke" | "member.invite_decline" | "member.invite_expire" | "member.invite_erase" | "member.accept" | "member.join" | "member.identity_link" | "member.role_change" | "member.grant_start" | "member.grant_expire" | "member.deactivate" | "member.reactivate" | "member.remove" | "member.profile_change" | "member.personal_data_erase" | "team.create" | "team.rename" | "team.delete" | "team.member_add" | "team.member_remove" | "team.role_change" | "service_account.create" | "service_account.change" | "service_account.role_change" | "service_account.delete" | "api_key.create" | "api_key.change" | "api_key.rotate" | "api_key.revoke" | "role.define" | "role.change" | "role.retire" | "catalogue.publish")[] | null;
            /**
             * @example enabled
             * @enum {string}
             */
            status?: "enabled" | "disabled";
        };
        ChangedHoldingAnswer: {
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            principal: string;
            /**
             * @description user: a person whom the platform gives it
             * @example member
             * @enum {string}
             */
            kind: "member" | "service_account" | "api_key" | "user";
            /**
             * @description the person a member is, who holds what the member holds
             * @example usr_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            user?: string;
            /**
             * @description a space: what is given there, held while the space is open for it
             * @example organization
             */
            scope: string;
            /**
             * @example gained
             * @enum {string}
             */
            change: "gained" | "lost";
            /**
             * @example [
             *       "policies:assign"
             *     ]
             */
            permissions: string[];
            /**
             * Format: date-time
             * @description absent: from the event on, at the latest
             * @example 2026-03-01T12:00:00.000Z
             */
            from?: string;
            /**
             * Format: date-time
             * @description until just before; absent: without end
             * @example 2026-03-01T12:00:00.000Z
             */
            until?: string;
        };
        CheckAnswer: {
            /** @example true */
            allowed: boolean;
            /**
             * @example granted
             * @enum {string}
             */
            reason: "granted" | "quarantined" | "route.unknown" | "organization_deleted" | "suspended" | "space_not_found" | "no_membership" | "deactivated" | "key_revoked" | "key_expired" | "space_inactive" | "not_yet" | "expired" | "wrong_scope" | "scope_missing" | "no_role";
            /**
             * @description the state it was answered from
             * @example YWNtZSA0MQ
             */
            revision: string;
        };
        CheckBody: {
            /**
             * @description mem_…, svc_…, key_…, usr_… or user:<subject>
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            principal: string;
            /** @example acme */
            organization: string;
            /**
             * @description absent: at the organization itself
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
            /** @example policies:assign */
            permission: string;
            /**
             * @description at least as fresh as this revision
             * @example YWNtZSA0MQ
             */
            atLeast?: string;
            /**
             * @description as of this time, or this revision; absent: now
             * @example 2026-03-01T12:00:00.000Z
             */
            at?: string;
        };
        CheckKeyBody: {
            /** @example key_01jx8q5v3mf2h9k7c4n6t0wzpd */
            key: string;
            /** @example findings:read */
            scope: string;
            /** @example acme */
            organization: string;
            /** @example YWNtZSA0MQ */
            atLeast?: string;
            /**
             * @description as of this time, or this revision; absent: now
             * @example 2026-03-01T12:00:00.000Z
             */
            at?: string;
        };
        CheckManyAnswer: {
            /** @description in the order asked */
            results: components["schemas"]["VerdictAnswer"][];
            /**
             * @description the revision each organization was answered from
             * @example {
             *       "acme": "YWNtZSA0MQ"
             *     }
             */
            revisions: {
                [key: string]: string;
            };
        };
        CheckManyBody: {
            checks: components["schemas"]["QuestionBody"][];
            /**
             * @description all as of this time, or this revision of their one organization; absent: now
             * @example 2026-03-01T12:00:00.000Z
             */
            at?: string;
        };
        CheckRouteBody: {
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            principal: string;
            /** @example acme */
            organization: string;
            /** @example space_01jx8q5v3mf2h9k7c4n6t0wzpd */
            space?: string;
            /**
             * @description of the request to the product
             * @example GET
             */
            method: string;
            /**
             * @description with or without /api/v1
             * @example /software/monitoring/17
             */
            path: string;
            /** @example YWNtZSA0MQ */
            atLeast?: string;
            /**
             * @description as of this time, or this revision; absent: now
             * @example 2026-03-01T12:00:00.000Z
             */
            at?: string;
        };
        ClosedMessage: {
            /**
             * @description whoever goes on after it misses nothing
             * @example eyJhZnRlciI6NDF9
             */
            cursor?: string;
            /** @example acme */
            organization: string;
            /**
             * @description why nothing more is said of it
             * @example quarantined
             * @enum {string}
             */
            reason: "quarantined" | "deleted";
        };
        ContextBody: {
            /**
             * @description at least as fresh as this revision
             * @example YWNtZSA0MQ
             */
            atLeast?: string;
            /**
             * @description say, where it is denied, what could be asked for
             * @example true
             */
            requestable?: boolean;
        };
        CreateApiKeyBody: {
            /** @example pipeline */
            name: string;
            /**
             * @description mem_…, svc_… or organization; absent: whoever asks, or whose key they use
             * @example svc_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            owner?: string;
            /**
             * @description what the key can be used for in the product
             * @example [
             *       "findings:read"
             *     ]
             */
            scopes: string[];
            /**
             * Format: date-time
             * @description absent: without end
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
        };
        CreateOrganizationBody: {
            /**
             * @description made up where left out
             * @example acme
             */
            id?: string;
            /** @example Analytical Engines */
            name: string;
            /** @example mondoo */
            catalogue: string;
            /** @description somebody else: for the platform */
            founder?: components["schemas"]["FounderBody"];
        };
        CreateServiceAccountBody: {
            /** @example nightly scans */
            name: string;
            /** @example Runs the nightly scans */
            description?: string;
            /**
             * @description roles at one scope; or give grants
             * @example [
             *       "editor"
             *     ]
             */
            roles?: string[];
            /** @example space_01jx8q5v3mf2h9k7c4n6t0wzpd */
            space?: string;
            grants?: components["schemas"]["WantedGrantBody"][];
        };
        CreateTeamBody: {
            /** @example Responders */
            name: string;
            /**
             * @description absent: a team of the whole organization
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
            /**
             * @description the directory’s group
             * @example okta:responders
             */
            externalGroup?: string;
        };
        CreateWebhookBody: {
            /**
             * Format: uri
             * @example https://acme.example/hook
             */
            url: string;
            /** @example Tells the directory who comes and goes */
            description?: string;
            /**
             * @description absent: every event
             * @example [
             *       "organization.create"
             *     ]
             */
            types?: ("organization.create" | "organization.rename" | "organization.policy_change" | "organization.catalogue_adopt" | "organization.suspend" | "organization.resume" | "organization.delete" | "space.create" | "space.rename" | "space.deactivate" | "space.reactivate" | "space.delete" | "member.invite" | "member.invite_resend" | "member.invite_revoke" | "member.invite_decline" | "member.invite_expire" | "member.invite_erase" | "member.accept" | "member.join" | "member.identity_link" | "member.role_change" | "member.grant_start" | "member.grant_expire" | "member.deactivate" | "member.reactivate" | "member.remove" | "member.profile_change" | "member.personal_data_erase" | "team.create" | "team.rename" | "team.delete" | "team.member_add" | "team.member_remove" | "team.role_change" | "service_account.create" | "service_account.change" | "service_account.role_change" | "service_account.delete" | "api_key.create" | "api_key.change" | "api_key.rotate" | "api_key.revoke" | "role.define" | "role.change" | "role.retire" | "catalogue.publish")[];
        };
        CustomRoleAnswer: {
            /** @example role_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /** @example Analytical Engines */
            name: string;
            /** @example Looks, and changes nothing */
            description?: string;
            /**
             * @example [
             *       "organization"
             *     ]
             */
            scopes: ("organization" | "space")[];
            /**
             * @example [
             *       "policies:assign"
             *     ]
             */
            permissions: string[];
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        DecisionAnswer: {
            /** @example true */
            decision: boolean;
            context: components["schemas"]["DecisionContext"];
        };
        DecisionContext: {
            /** @description the smallest grants that would permit it, as of POST /access/explain */
            missing?: components["schemas"]["MissingAnswer"][];
            /** @example eval_0b5f1c2e6d0a4c3b9a517d2f4e6a8b90 */
            evaluation_id?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            evaluated_at?: string;
            /** @description access can be asked for */
            access_request?: components["schemas"]["AccessRequest"];
            /**
             * @description a reason of a check, or the code of a refusal
             * @example no_role
             */
            reason: string;
            /**
             * @description the state it was answered from
             * @example YWNtZSA0MQ
             */
            revision?: string;
            /** @description why nothing could be evaluated */
            error?: components["schemas"]["DecisionError"];
        };
        DecisionError: {
            /** @example 400 */
            status: number;
            /** @example There is no organization acme, or you are not a member of it. */
            message: string;
        };
        DecisionsAnswer: {
            /** @description in the order asked, up to the one that settles it */
            evaluations?: components["schemas"]["DecisionAnswer"][];
            /**
             * @description where no evaluations were listed
             * @example true
             */
            decision?: boolean;
            context?: components["schemas"]["DecisionContext"];
        };
        DefineRoleBody: {
            /** @example Auditor */
            name: string;
            /** @example Looks, and changes nothing */
            description?: string;
            /**
             * @example [
             *       "organization"
             *     ]
             */
            scopes: ("organization" | "space")[];
            /**
             * @description none that the caller lacks
             * @example [
             *       "policies:assign"
             *     ]
             */
            permissions: string[];
        };
        DeliveryAnswer: {
            /** @example sent */
            status: string;
            /** @example the mail server refuses this address */
            reason?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            at: string;
        };
        DiffAnswer: {
            /**
             * @example gained
             * @enum {string}
             */
            change: "gained" | "lost";
            /**
             * @description user: a person whom the platform gives it
             * @example member
             * @enum {string}
             */
            kind: "member" | "service_account" | "api_key" | "user";
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            principal: string;
            /** @example organization */
            scope: string;
            /** @example policies:assign */
            permission: string;
        };
        DiffPage: {
            items: components["schemas"]["DiffAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        EndedAnswer: {
            /** @example team_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /**
             * @example deleted
             * @enum {string}
             */
            status: "deleted" | "revoked" | "retired";
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        ErasePersonBody: {
            /**
             * Format: email
             * @description of the person: invitations to it are forgotten too, wherever they are
             * @example ada@example.com
             */
            email?: string;
        };
        ErasureAnswer: {
            /** @example acme */
            organization: string;
            /**
             * @example erased
             * @enum {string}
             */
            status: "erased" | "would_be_erased" | "refused";
            /** @example member.last_holder */
            code?: string;
            /** @example text */
            detail?: string;
            /** @description of a dry run */
            events?: components["schemas"]["PreviewedEventAnswer"][];
            /** @description of a dry run */
            permissionChanges?: components["schemas"]["PermissionChangeAnswer"][];
            /** @example YWNtZSA0MQ */
            revision?: string;
        };
        ErasuresAnswer: {
            results: components["schemas"]["ErasureAnswer"][];
        };
        EvaluationBody: {
            subject: components["schemas"]["SubjectBody"];
            action: components["schemas"]["ActionBody"];
            resource: components["schemas"]["ResourceBody"];
            context?: components["schemas"]["ContextBody"];
        };
        EvaluationDefaults: {
            subject?: components["schemas"]["SubjectBody"];
            action?: components["schemas"]["ActionBody"];
            resource?: components["schemas"]["ResourceBody"];
            context?: components["schemas"]["ContextBody"];
        };
        EvaluationsBody: {
            subject?: components["schemas"]["SubjectBody"];
            action?: components["schemas"]["ActionBody"];
            resource?: components["schemas"]["ResourceBody"];
            context?: components["schemas"]["ContextBody"];
            /** @example [] */
            evaluations?: components["schemas"]["EvaluationDefaults"][];
            options?: components["schemas"]["EvaluationsOptions"];
        };
        EvaluationsOptions: {
            /**
             * @example execute_all
             * @enum {string}
             */
            evaluations_semantic?: "execute_all" | "deny_on_first_deny" | "permit_on_first_permit";
        };
        ExplainAnswer: {
            /** @example true */
            allowed: boolean;
            /**
             * @example granted
             * @enum {string}
             */
            reason: "granted" | "quarantined" | "route.unknown" | "organization_deleted" | "suspended" | "space_not_found" | "no_membership" | "deactivated" | "key_revoked" | "key_expired" | "space_inactive" | "not_yet" | "expired" | "wrong_scope" | "scope_missing" | "no_role";
            /**
             * @description the state it was answered from
             * @example YWNtZSA0MQ
             */
            revision: string;
            /**
             * Format: date-time
             * @description what the times of grants were compared with
             * @example 2026-03-01T12:00:00.000Z
             */
            at: string;
            /** @description each alone allows it */
            grants: components["schemas"]["GrantBehindAnswer"][];
            /** @description the smallest grants that would allow it, each alone; the smallest first */
            missing: components["schemas"]["MissingAnswer"][];
            /** @description the making of the API key it was asked about */
            key: components["schemas"]["GroundAnswer"][];
            /** @description what deactivated or deleted the space, where that is why; none of one that never was */
            space: components["schemas"]["GroundAnswer"][];
        };
        FeedPage: {
            items: components["schemas"]["PublishedEventAnswer"][];
            /**
             * @description whoever goes on after it misses nothing
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor: string;
        };
        FollowerAnswer: {
            /** @example members@1 */
            name: string;
            /**
             * @description how far behind the head: events, or bytes on EventStoreDB
             * @example 0
             */
            lag: number;
            /**
             * @description the position up to which a snapshot spared it the log at the start
             * @example 1000
             */
            restored?: string;
            /** @example true */
            running: boolean;
            /**
             * @description why it does not go on
             * @example the vault has no key for mem_01 of acme; restore the vault that belongs to this log
             */
            reason?: string;
        };
        FounderBody: {
            /**
             * @description the subject the founder signs in with
             * @example auth0|ada
             */
            subject: string;
            /**
             * Format: email
             * @example ada@example.com
             */
            email?: string;
            /** @example Ada Lovelace */
            name?: string;
        };
        GrantAnswer: {
            /** @example grant_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example editor */
            role: string;
            /** @example organization */
            scope: string;
            /**
             * @description where it comes from
             * @example direct
             */
            source?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            notBefore?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
            grantedBy?: components["schemas"]["ActorAnswer"];
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            grantedAt?: string;
        };
        GrantBehindAnswer: {
            /**
             * @description the role that has the permission
             * @example editor
             */
            role: string;
            /** @example organization */
            scope: string;
            /**
             * @example direct
             * @enum {string}
             */
            source: "direct" | "founder" | "configuration" | "invitation" | "transfer" | "sso" | "scim" | "domain" | "join_request" | "team" | "implicit" | "platform";
            /**
             * @description the power over all organizations that it is
             * @example policies:assign
             */
            power?: string;
            /**
             * @description absent where every member has it; of an implicit role, what gives access to the scope
             * @example grant_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            grant?: string;
            /** @example team_01jx8q5v3mf2h9k7c4n6t0wzpd */
            team?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            notBefore?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
            /** @description of an invitation, who sent it last; what the platform gave, it shows to its own */
            grantedBy?: components["schemas"]["GrantorAnswer"];
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            grantedAt?: string;
            /** @description what it rests on, with places in teams */
            events: components["schemas"]["GroundAnswer"][];
        };
        GrantorAnswer: {
            /**
             * @example user
             * @enum {string}
             */
            kind: "user" | "service_account" | "api_key" | "link" | "system";
            /** @example usr_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /**
             * @description the member whose rights were used
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            member?: string;
            /** @example usr_01jx8q5v3mf2h9k7c4n6t0wzpd */
            actingFor?: string;
        };
        GroundAnswer: {
            /** @example 0b5f1c2e-6d0a-8c3b-9a51-7d2f4e6a8b90 */
            id: string;
            /**
             * @description whose event it is: `platform` for what the platform gives
             * @example acme
             */
            organization: string;
            /**
             * @description right after this event
             * @example YWNtZSA0MQ
             */
            revision: string;
            /** @example member.role_change */
            type: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            at: string;
        };
        HeartbeatMessage: {
            /**
             * @description whoever goes on after it misses nothing
             * @example eyJhZnRlciI6NDF9
             */
            cursor?: string;
            /**
             * @description everything up to these is told; of all organizations those that have moved
             * @example {
             *       "acme": "YWNtZSA0MQ"
             *     }
             */
            revisions: {
                [key: string]: string;
            };
        };
        HolderAnswer: {
            /**
             * @description user: a person who holds it through the platform alone
             * @example member
             * @enum {string}
             */
            kind: "member" | "service_account" | "api_key" | "user";
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
        };
        HolderPage: {
            items: components["schemas"]["HolderAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        InvitationAnswer: {
            /** @example inv_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /**
             * @description who it becomes
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            member?: string;
            /**
             * @example pending
             * @enum {string}
             */
            status: "pending" | "accepted" | "declined" | "expired" | "revoked";
            /**
             * Format: email
             * @description null: erased
             * @example ada@example.com
             */
            email?: string | null;
            grants?: components["schemas"]["GrantAnswer"][];
            /**
             * @example [
             *       "team_01jx8q5v3mf2h9k7c4n6t0wzpd"
             *     ]
             */
            teams?: string[];
            /**
             * Format: date-time
             * @description when its link stops working: by itself, or with the last of what it gives
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
            /**
             * @description how often it was sent
             * @example 1
             */
            generation?: number;
            /**
             * @description the address as it was typed
             * @example text
             */
            displayEmail?: string | null;
            invitedBy?: components["schemas"]["ActorAnswer"];
            /** @description who resent last, or invited */
            sentBy?: components["schemas"]["ActorAnswer"];
            /** @description what became of the mail */
            delivery?: components["schemas"]["DeliveryAnswer"];
            /**
             * @description who it became
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            acceptedBy?: string;
            /** @example asked */
            revokeReason?: string;
            /**
             * @description the batch it was invited in
             * @example text
             */
            batch?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            invitedAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            endedAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt?: string;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        InvitationPage: {
            items: components["schemas"]["InvitationAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        InviteBody: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
            /**
             * @description roles at one scope; or give grants
             * @example [
             *       "editor"
             *     ]
             */
            roles?: string[];
            /**
             * @description where the roles hold; absent: the organization
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
            /** @description roles each with a scope and times; instead of roles */
            grants?: components["schemas"]["WantedGrantBody"][];
            /**
             * @description teams to join
             * @example [
             *       "team_01jx8q5v3mf2h9k7c4n6t0wzpd"
             *     ]
             */
            teams?: string[];
            /**
             * @description how long the link is good: 1 hour to 30 days
             * @example P7D
             */
            expiresIn?: string;
            /**
             * @description goes into the mail
             * @example Welcome to the team!
             */
            message?: string;
            /**
             * @description where the address has an open invitation at one of these scopes; reject if left out
             * @example reject
             * @enum {string}
             */
            onExisting?: "reject" | "resend" | "replace";
        };
        InviteManyAnswer: {
            /** @description in the order of the request */
            results: components["schemas"]["InviteRowAnswer"][];
            /**
             * @description true: nothing was written
             * @example true
             */
            dryRun?: boolean;
            /** @description of a dry run */
            events?: components["schemas"]["PreviewedEventAnswer"][];
            /** @description of a dry run */
            permissionChanges?: components["schemas"]["PermissionChangeAnswer"][];
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        InviteManyBody: {
            invitations: components["schemas"]["InviteBody"][];
            /**
             * @description all or none; otherwise each row for itself
             * @example true
             */
            atomic?: boolean;
        };
        InviteRowAnswer: {
            /**
             * @example invited
             * @enum {string}
             */
            status: "invited" | "resent" | "refused";
            /** @example inv_01jx8q5v3mf2h9k7c4n6t0wzpd */
            invitation?: string;
            /** @example invitation.pending_exists */
            code?: string;
            /** @example Resend, replace or revoke it. */
            detail?: string;
            errors?: components["schemas"]["TroubleAnswer"][];
        };
        InviteUserBody: {
            /**
             * Format: email
             * @example ada@example.com
             */
            email: string;
            /** @example analyst */
            role: string;
        };
        InvitedUserBody: {
            /**
             * Format: email
             * @description here or as ?email=
             * @example ada@example.com
             */
            email?: string;
        };
        KeyAnswer: {
            /** @example k1 */
            kid: string;
            /** @example OKP */
            kty: string;
            /** @example Ed25519 */
            crv: string;
            /** @example 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo */
            x: string;
            /** @example EdDSA */
            alg: string;
            /** @example sig */
            use: string;
        };
        KeySetAnswer: {
            keys: components["schemas"]["KeyAnswer"][];
        };
        LinkBody: {
            /**
             * @description what stands behind the # of the link
             * @example k1.acme.inv_01jx8q5v3mf2h9k7c4n6t0wzpd.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
             */
            token: string;
        };
        LinkedInvitationAnswer: {
            organization: components["schemas"]["LinkedOrganizationAnswer"];
            /** @example inv_01jx8q5v3mf2h9k7c4n6t0wzpd */
            invitation: string;
            /**
             * Format: date-time
             * @description when the link stops working
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt: string;
            roles: components["schemas"]["LinkedRoleAnswer"][];
            teams: components["schemas"]["LinkedTeamAnswer"][];
        };
        LinkedOrganizationAnswer: {
            /** @example acme */
            id: string;
            /** @example Analytical Engines */
            name: string;
        };
        LinkedRoleAnswer: {
            /** @example editor */
            role: string;
            /** @example Editor */
            name: string;
            /** @example organization */
            scope: string;
            /**
             * @description of the space, where it is one
             * @example Bonn
             */
            spaceName?: string;
        };
        LinkedTeamAnswer: {
            /** @example team_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example Responders */
            name: string;
        };
        MayGiveAnswer: {
            /** @description each alone is enough */
            roles: components["schemas"]["RoleAtScopeAnswer"][];
            /**
             * @description the first of those who may; absent for whoever may not see members
             * @example [
             *       "mem_01jx8q5v3mf2h9k7c4n6t0wzpd"
             *     ]
             */
            members?: string[];
            /**
             * @description how many may
             * @example 0
             */
            count?: number;
            /**
             * @description there may be more than were looked at
             * @example true
             */
            more?: boolean;
        };
        MeAnswer: {
            /**
             * @description absent: an API key that acts for no person
             * @example usr_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            id?: string;
            /** @example auth0|ada */
            subject?: string;
            /** @example https://id.example.com */
            issuer?: string;
            /**
             * Format: email
             * @description only where the issuer has verified it
             * @example ada@example.com
             */
            email?: string;
            /** @example Ada Lovelace */
            name?: string;
            /**
             * @description the API key that was used
             * @example key_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            key?: string;
            /**
             * @description the organization of that key
             * @example acme
             */
            organization?: string;
            /**
             * @description whose that key is: mem_…, svc_… or organization
             * @example svc_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            owner?: string;
        };
        MemberAnswer: {
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /**
             * @example invited
             * @enum {string}
             */
            status: "invited" | "active" | "inactive" | "removed";
            /**
             * @description null: has never signed in
             * @example usr_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            user?: string | null;
            /**
             * Format: email
             * @description null: erased, or not known
             * @example ada@example.com
             */
            email?: string | null;
            /** @example Ada Lovelace */
            name?: string | null;
            /**
             * @example local
             * @enum {string|null}
             */
            authentication?: "local" | "sso" | "scim" | null;
            grants?: components["schemas"]["GrantAnswer"][];
            teams?: components["schemas"]["TeamPlaceAnswer"][];
            /**
             * @description the address as it was typed
             * @example text
             */
            displayEmail?: string | null;
            /**
             * @description how the member came in
             * @example invitation
             */
            source?: string;
            /** @example inv_01jx8q5v3mf2h9k7c4n6t0wzpd */
            invitation?: string;
            invitedBy?: components["schemas"]["ActorAnswer"];
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            joinedAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt?: string;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        MemberPage: {
            items: components["schemas"]["MemberAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        MembershipAnswer: {
            /** @example acme */
            organization: string;
            /** @example Analytical Engines */
            organizationName: string;
            /**
             * @example active
             * @enum {string}
             */
            organizationStatus: "active" | "suspended" | "deleted";
            /** @example mondoo */
            catalogue: string;
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            member: string;
            /**
             * @example active
             * @enum {string}
             */
            status: "active" | "inactive" | "removed";
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            joinedAt: string | null;
            grants: components["schemas"]["GrantAnswer"][];
            /** @example YWNtZSA0MQ */
            revision: string;
            /**
             * @description true: an event of this organization could not be applied, and this is as last known; its own reads answer 503 until it is repaired
             * @example true
             */
            quarantined?: boolean;
        };
        MembershipPage: {
            items: components["schemas"]["MembershipAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        MetadataAnswer: {
            /** @example https://members.example.com */
            policy_decision_point: string;
            /** @example https://members.example.com/access/v1/evaluation */
            access_evaluation_endpoint: string;
            /** @example https://members.example.com/access/v1/evaluations */
            access_evaluations_endpoint: string;
            /** @example https://members.example.com/access/v1/search/subject */
            search_subject_endpoint: string;
            /** @example https://members.example.com/access/v1/search/resource */
            search_resource_endpoint: string;
            /** @example https://members.example.com/access/v1/search/action */
            search_action_endpoint: string;
            /** @example https://members.example.com/access/v1/requests */
            access_request_endpoint?: string;
            /** @example https://members.example.com/access/v1/jwks */
            jwks_uri?: string;
            /**
             * @example [
             *       "urn:openid:authzen:capability:access-request"
             *     ]
             */
            capabilities?: string[];
        };
        MissingAnswer: {
            /** @example editor */
            role: string;
            /** @example organization */
            scope: string;
            /**
             * @description the member or service account to give it to
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            holder: string;
            /**
             * @description grants whose place it takes, where one role is all there can be
             * @example [
             *       "text"
             *     ]
             */
            replaces: string[];
            mayGive: components["schemas"]["MayGiveAnswer"];
        };
        NamedBody: {
            /** @example Berlin */
            name: string;
        };
        OrganizationAnswer: {
            /** @example acme */
            id: string;
            /** @example Analytical Engines */
            name: string;
            /**
             * @example active
             * @enum {string}
             */
            status: "active" | "suspended" | "deleted";
            /** @example mondoo */
            catalogue: string;
            /**
             * @description the version that is pinned
             * @example 1
             */
            catalogueVersion: number;
            /**
             * @description what the organization has set for itself, in force where its version of the catalogue lets it; the rest is the catalogue’s
             * @example {
             *       "seats": 50
             *     }
             */
            policies: {
                [key: string]: unknown;
            };
            /** @example 0 */
            activeMembers: number;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            createdAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt?: string;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        PageAnswer: {
            /**
             * @description empty: this is the last page
             * @example
             */
            next_token: string;
            /** @example 0 */
            count: number;
        };
        PermissionChangeAnswer: {
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            principal: string;
            /** @example organization */
            scope: string;
            /**
             * @example [
             *       "policies:assign"
             *     ]
             */
            gained: string[];
            /**
             * @example [
             *       "policies:assign"
             *     ]
             */
            lost: string[];
        };
        PermissionsAnswer: {
            /**
             * @example [
             *       "policies:assign"
             *     ]
             */
            permissions: string[];
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        PolicyChangesBody: {
            /**
             * @description how long an invitation is good
             * @example P7D
             */
            "invitation.ttl"?: string | null;
            /**
             * @description must the invited address accept?
             * @example true
             */
            "invitation.matchEmail"?: boolean | null;
            /**
             * @example keep
             * @enum {string|null}
             */
            "invitation.onInviterLoss"?: "keep" | "revoke" | null;
            /**
             * @example [
             *       "example.com"
             *     ]
             */
            "emailDomains.own"?: string[] | null;
            /**
             * @example allow
             * @enum {string|null}
             */
            "emailDomains.external"?: "allow" | "refuse" | null;
            /**
             * @example allow
             * @enum {string|null}
             */
            "emailDomains.providers"?: "allow" | "refuse" | null;
            /** @example editor */
            ssoDefaultRole?: string | null;
            /**
             * @description set by the platform
             * @example 1
             */
            seats?: number | null;
            /**
             * @example manual
             * @enum {string|null}
             */
            catalogueAdoption?: "manual" | "follow" | null;
        };
        PreviewAnswer: {
            /**
             * @description true: nothing was written
             * @example true
             */
            dryRun: boolean;
            events: components["schemas"]["PreviewedEventAnswer"][];
            permissionChanges: components["schemas"]["PermissionChangeAnswer"][];
            /**
             * @description what it was decided on
             * @example YWNtZSA0MQ
             */
            revision: string;
        };
        PreviewedEventAnswer: {
            /**
             * @description and beside it what the event says
             * @example member.invite
             */
            type: string;
        };
        /**
         * @description What went wrong (RFC 9457)
         * @example {
         *       "type": "urn:membership:problem:member.last_holder",
         *       "title": "Not possible in this state",
         *       "status": 409,
         *       "detail": "Give the role to another active member first.",
         *       "instance": "req-1a2b",
         *       "code": "member.last_holder"
         *     }
         */
        Problem: {
            /** @example urn:membership:problem:member.last_holder */
            type: string;
            /** @example Not possible in this state */
            title: string;
            /** @example 409 */
            status: number;
            /** @example Give the role to another active member first. */
            detail: string;
            /**
             * @description Id of the request
             * @example req-1a2b
             */
            instance: string;
            /** @enum {string} */
            code: "request.invalid" | "request.too_large" | "request.unsupported" | "route.not_found" | "revision.invalid" | "moment.invalid" | "cursor.invalid" | "precondition.failed" | "idempotency.key_reused" | "idempotency.too_many_keys" | "batch.too_large" | "authentication.missing" | "authentication.invalid" | "authentication.unavailable" | "rate.limited" | "stream.too_slow" | "read.not_yet" | "read.quarantined" | "write.outcome_unknown" | "write.unavailable" | "service.stopping" | "permission.denied" | "operation.not_offered" | "delegation.may_not_assign" | "delegation.may_not_manage" | "delegation.beyond_expiry" | "delegation.permission_lacking" | "organization.not_found" | "organization.exists" | "organization.suspended" | "organization.id_reserved" | "catalogue.not_found" | "catalogue.remap_needed" | "catalogue.older_version" | "policy.not_overridable" | "policy.invalid" | "seats.exhausted" | "space.not_found" | "space.inactive" | "space.not_offered" | "member.not_found" | "member.inactive" | "member.exists" | "member.last_holder" | "member.erased" | "member.deactivated_by_person" | "member.identity_taken" | "role.unknown" | "role.not_invitable" | "role.wrong_scope" | "role.count" | "role.in_use" | "role.exists" | "role.permission_unknown" | "grant.times_invalid" | "email.invalid" | "email.domain_refused" | "email.not_verified" | "invitation.not_found" | "invitation.not_pending" | "invitation.pending_exists" | "invitation.link_invalid" | "invitation.email_mismatch" | "invitation.inviter_lost_authority" | "invitation.expiry_out_of_range" | "team.not_found" | "team.exists" | "team.holds_no_roles" | "service_account.not_found" | "api_key.not_found" | "api_key.scope_unknown" | "webhook.not_found" | "webhook.too_many" | "webhook.address_refused" | "principal.invalid" | "permission.unknown" | "internal";
            errors?: {
                /** @example /grants/0/role */
                pointer: string;
                /** @example must be a string */
                detail: string;
            }[];
        };
        ProfileBody: {
            /**
             * @description null takes it away
             * @example Ada Lovelace
             */
            name: string | null;
        };
        PublishedEventAnswer: {
            /**
             * @description whoever goes on after it misses nothing
             * @example eyJhZnRlciI6NDF9
             */
            cursor: string;
            /** @example 1.0 */
            specversion: string;
            /**
             * @description the same however often it comes
             * @example 0198c6a1-…
             */
            id: string;
            /**
             * @description the installation
             * @example urn:membership:0198c6a1-…
             */
            source: string;
            /** @example member.role_change */
            type: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            time: string;
            /** @example application/json */
            datacontenttype: string;
            /** @example urn:membership:events:1#/$defs/member.role_change */
            dataschema: string;
            /**
             * @description what keeps its order: the organization
             * @example acme
             */
            partitionkey: string;
            /** @example organization-acme */
            stream: string;
            /**
             * @description place in the stream, without gaps
             * @example 1
             */
            streamrevision: number;
            /**
             * @description absent: of no organization
             * @example YWNtZSA0MQ
             */
            revision?: string;
            /**
             * @description the trace it was made in; absent: none was
             * @example 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
             */
            traceparent?: string;
            /**
             * @description docs/events/events.schema.json says what is in it
             * @example {}
             */
            data: {
                [key: string]: unknown;
            };
        };
        QuarantinedAnswer: {
            /** @example members@1 */
            readModel: string;
            /** @example acme */
            organization: string;
            /** @example member.accept 41 */
            event: string;
        };
        QuestionBody: {
            /**
             * @description mem_…, svc_…, key_…, usr_… or user:<subject>
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            principal: string;
            /** @example acme */
            organization: string;
            /**
             * @description absent: at the organization itself
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
            /** @example policies:assign */
            permission: string;
            /**
             * @description at least as fresh as this revision
             * @example YWNtZSA0MQ
             */
            atLeast?: string;
        };
        QuietMessage: {
            /**
             * @description whoever goes on after it misses nothing
             * @example eyJhZnRlciI6NDF9
             */
            cursor: string;
        };
        ReachAnswer: {
            /** @example editor */
            role: string;
            /**
             * @description organization, the id of a space, or any_space: wherever they hold nothing of their own
             * @example organization
             */
            scope: string;
            /**
             * Format: date-time
             * @description no longer than this; absent: for good
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
            /** @description the way there, none of it to be left out; the last gives the role */
            acts: components["schemas"]["ActAnswer"][];
        };
        ReachPage: {
            items: components["schemas"]["ReachAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        Ready: {
            /** @example true */
            ready: boolean;
            /**
             * @description what keeps all of it from being ready: the log does not answer, or takes nothing
             * @example EventStoreDB: it did not answer in time
             */
            reason?: string;
            /** @example 1024 */
            head: string | null;
            followers: components["schemas"]["FollowerAnswer"][];
            quarantined: components["schemas"]["QuarantinedAnswer"][];
        };
        RebuildAnswer: {
            /** @example members */
            readModel: string;
            /**
             * @example started
             * @enum {string}
             */
            status: "started" | "done";
        };
        RebuildBody: {
            /**
             * @description only this one, ending its quarantine
             * @example acme
             */
            organization?: string;
        };
        RedeliverBody: {
            /**
             * @description one event of its types, sent before or not; absent: all that failed
             * @example YWNtZSA0MQ
             */
            revision?: string;
        };
        RedeliveredAnswer: {
            /**
             * @description how many are sent again
             * @example 1
             */
            redelivered: number;
        };
        RemovedWebhookAnswer: {
            /** @example whk_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /**
             * @example deleted
             * @enum {string}
             */
            status: "deleted";
        };
        RenameProjectBody: {
            /** @example Analytical Engines */
            name: string;
        };
        RenameTeamBody: {
            /** @example First responders */
            name: string;
        };
        ResendBody: {
            /**
             * @description how long the new link is good
             * @example P7D
             */
            expiresIn?: string;
        };
        ResourceAnswer: {
            /**
             * @description as asked for
             * @example organization
             */
            type: string;
            /** @example acme */
            id: string;
            /** @description of a space */
            properties?: components["schemas"]["SpaceProperties"];
        };
        ResourceBody: {
            /**
             * @description organization or space
             * @example organization
             */
            type: string;
            properties?: {
                /**
                 * @description which a space is of
                 * @example acme
                 */
                organization?: string;
            } & {
                [key: string]: unknown;
            };
            /** @example acme */
            id: string;
        };
        ResourceSearchBody: {
            context?: components["schemas"]["ContextBody"];
            page?: components["schemas"]["SearchPage"];
            subject: components["schemas"]["SubjectBody"];
            action: components["schemas"]["ActionBody"];
            resource: components["schemas"]["ResourceTypeBody"];
        };
        ResourceTypeBody: {
            /**
             * @description organization or space
             * @example organization
             */
            type: string;
            properties?: {
                /**
                 * @description which a space is of
                 * @example acme
                 */
                organization?: string;
            } & {
                [key: string]: unknown;
            };
        };
        ResourcesAnswer: {
            page: components["schemas"]["PageAnswer"];
            context?: components["schemas"]["SearchContext"];
            results: components["schemas"]["ResourceAnswer"][];
        };
        RetireRoleBody: {
            /**
             * @description what everybody who has it has from then on
             * @example editor
             */
            remapTo?: string;
        };
        RoleAnswer: {
            /** @example editor */
            id: string;
            /** @example acme */
            organization: string;
            /** @example Editor */
            name: string;
            /**
             * @example base
             * @enum {string}
             */
            kind: "base" | "specialized" | "service_account" | "implicit" | "custom";
            /** @example Reads and changes everything */
            description: string;
            /**
             * @example [
             *       "organization"
             *     ]
             */
            scopes: ("organization" | "space" | "platform")[];
            /**
             * @example [
             *       "policies:assign"
             *     ]
             */
            permissions: string[];
            /**
             * @description may the caller give it?
             * @example true
             */
            assignable?: boolean;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        RoleAtScopeAnswer: {
            /** @example editor */
            role: string;
            /** @example organization */
            scope: string;
        };
        RolePage: {
            items: components["schemas"]["RoleAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        RolesBody: {
            /**
             * @description every role held there from now on
             * @example [
             *       "editor"
             *     ]
             */
            roles: string[];
            /**
             * @description absent: the whole organization
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
        };
        SearchContext: {
            /** @description why nothing could be found */
            error?: components["schemas"]["DecisionError"];
            /**
             * @description of which nothing can be said until they are repaired
             * @example [
             *       "acme"
             *     ]
             */
            quarantined?: string[];
        };
        SearchPage: {
            /**
             * @description next_token of the page before
             * @example eyJhZnRlciI6NDF9
             */
            token?: string;
            /**
             * @description 50 where left out, and never over 200; after the first page as before, or left out
             * @example 0
             */
            limit?: number;
        };
        ServiceAccountAnswer: {
            /** @example svc_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /** @example Analytical Engines */
            name: string;
            /** @example Runs the nightly scans */
            description?: string;
            grants: components["schemas"]["GrantAnswer"][];
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            createdAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt?: string;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        ServiceAccountPage: {
            items: components["schemas"]["ServiceAccountAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        SpaceAnswer: {
            /** @example space_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /** @example Analytical Engines */
            name: string;
            /**
             * @example active
             * @enum {string}
             */
            status: "active" | "inactive" | "deleted";
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            createdAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt?: string;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        SpaceChangeAnswer: {
            /** @example space_01jx8q5v3mf2h9k7c4n6t0wzpd */
            space: string;
            /**
             * @example active
             * @enum {string}
             */
            status: "active" | "inactive" | "deleted";
            /**
             * @description all that an inactive one is open for
             * @example [
             *       "policies:assign"
             *     ]
             */
            only?: string[];
        };
        SpacePage: {
            items: components["schemas"]["SpaceAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        SpaceProperties: {
            /** @example acme */
            organization: string;
        };
        SubjectAnswer: {
            /**
             * @description as asked for
             * @example member
             */
            type: string;
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
        };
        SubjectBody: {
            /**
             * @description member, service_account, api_key or user
             * @example member
             */
            type: string;
            /**
             * @description not looked at
             * @example {}
             */
            properties?: {
                [key: string]: unknown;
            };
            /**
             * @description mem_…, svc_…, key_…; of a user usr_… or the subject at the issuer
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            id: string;
        };
        SubjectSearchBody: {
            context?: components["schemas"]["ContextBody"];
            page?: components["schemas"]["SearchPage"];
            subject: components["schemas"]["SubjectTypeBody"];
            action: components["schemas"]["ActionBody"];
            resource: components["schemas"]["ResourceBody"];
        };
        SubjectTypeBody: {
            /**
             * @description member, service_account, api_key or user
             * @example member
             */
            type: string;
            /**
             * @description not looked at
             * @example {}
             */
            properties?: {
                [key: string]: unknown;
            };
        };
        SubjectsAnswer: {
            page: components["schemas"]["PageAnswer"];
            context?: components["schemas"]["SearchContext"];
            results: components["schemas"]["SubjectAnswer"][];
        };
        SuspendBody: {
            /** @example unpaid */
            reason?: string;
        };
        SyncedMessage: {
            /**
             * @description whoever goes on after it misses nothing
             * @example eyJhZnRlciI6NDF9
             */
            cursor?: string;
            /**
             * @description what is held as of these is told
             * @example {
             *       "acme": "YWNtZSA0MQ"
             *     }
             */
            revisions: {
                [key: string]: string;
            };
        };
        TeamAnswer: {
            /** @example team_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /** @example Analytical Engines */
            name: string;
            /** @example organization */
            scope: string;
            /** @example text */
            externalGroup?: string;
            grants: components["schemas"]["GrantAnswer"][];
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            createdAt?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt?: string;
            /** @example YWNtZSA0MQ */
            revision: string;
        };
        TeamPage: {
            items: components["schemas"]["TeamAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        TeamPlaceAnswer: {
            /** @example team_01jx8q5v3mf2h9k7c4n6t0wzpd */
            team: string;
            /**
             * @example direct
             * @enum {string}
             */
            source: "direct" | "invitation" | "scim" | "oidc_group";
        };
        TransferBody: {
            /**
             * @description who is to have it
             * @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            to: string;
            /**
             * @description what the one who gives it has from then on
             * @example editor
             */
            demoteTo: string;
        };
        TroubleAnswer: {
            /** @example /email */
            pointer: string;
            /** @example must be a string */
            detail: string;
        };
        UserBody: {
            /**
             * Format: email
             * @description the user’s; or give member
             * @example ada@example.com
             */
            email?: string;
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            member?: string;
        };
        UserRoleBody: {
            /**
             * Format: email
             * @description the user’s; or give member
             * @example ada@example.com
             */
            email?: string;
            /** @example mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
            member?: string;
            /** @example viewer */
            role: string;
        };
        VerdictAnswer: {
            /** @example true */
            allowed: boolean;
            /**
             * @example granted
             * @enum {string}
             */
            reason: "granted" | "quarantined" | "route.unknown" | "organization_deleted" | "suspended" | "space_not_found" | "no_membership" | "deactivated" | "key_revoked" | "key_expired" | "space_inactive" | "not_yet" | "expired" | "wrong_scope" | "scope_missing" | "no_role";
        };
        WantedGrantBody: {
            /** @example editor */
            role: string;
            /**
             * @description absent: the whole organization
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
            /**
             * Format: date-time
             * @description in force from then on; absent: at once. Where a member has one role at a scope, what they held before ends when they accept, not only then
             * @example 2026-03-01T12:00:00.000Z
             */
            notBefore?: string;
            /**
             * Format: date-time
             * @description in force until just before; absent: without end
             * @example 2026-03-01T12:00:00.000Z
             */
            expiresAt?: string;
        };
        WebhookAnswer: {
            /** @example whk_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /**
             * Format: uri
             * @example https://acme.example/hook
             */
            url: string;
            /** @example Tells the directory who comes and goes */
            description?: string;
            /**
             * @description absent: every event
             * @example [
             *       "organization.create"
             *     ]
             */
            types?: ("organization.create" | "organization.rename" | "organization.policy_change" | "organization.catalogue_adopt" | "organization.suspend" | "organization.resume" | "organization.delete" | "space.create" | "space.rename" | "space.deactivate" | "space.reactivate" | "space.delete" | "member.invite" | "member.invite_resend" | "member.invite_revoke" | "member.invite_decline" | "member.invite_expire" | "member.invite_erase" | "member.accept" | "member.join" | "member.identity_link" | "member.role_change" | "member.grant_start" | "member.grant_expire" | "member.deactivate" | "member.reactivate" | "member.remove" | "member.profile_change" | "member.personal_data_erase" | "team.create" | "team.rename" | "team.delete" | "team.member_add" | "team.member_remove" | "team.role_change" | "service_account.create" | "service_account.change" | "service_account.role_change" | "service_account.delete" | "api_key.create" | "api_key.change" | "api_key.rotate" | "api_key.revoke" | "role.define" | "role.change" | "role.retire" | "catalogue.publish")[];
            /**
             * @example enabled
             * @enum {string}
             */
            status: "enabled" | "disabled";
            /**
             * @description why the service disabled it
             * @example it answered 410, that it is gone
             */
            reason?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt: string;
        };
        WebhookDeliveryAnswer: {
            /**
             * @description of the event
             * @example YWNtZSA0MQ
             */
            revision: string;
            /** @example 1 */
            streamRevision: number;
            /** @example member.join */
            type: string;
            /**
             * @description held: until the webhook is enabled again; dead: given up
             * @example waiting
             * @enum {string}
             */
            state: "waiting" | "held" | "dead";
            /**
             * @description tries so far
             * @example 1
             */
            attempts: number;
            /**
             * Format: date-time
             * @description when it is tried next
             * @example 2026-03-01T12:00:00.000Z
             */
            dueAt: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            attemptedAt?: string;
            /** @example answered 503 */
            reason?: string;
        };
        WebhookDeliveryPage: {
            items: components["schemas"]["WebhookDeliveryAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
        WebhookSecretAnswer: {
            /** @example whk_01jx8q5v3mf2h9k7c4n6t0wzpd */
            id: string;
            /** @example acme */
            organization: string;
            /**
             * Format: uri
             * @example https://acme.example/hook
             */
            url: string;
            /** @example Tells the directory who comes and goes */
            description?: string;
            /**
             * @description absent: every event
             * @example [
             *       "organization.create"
             *     ]
             */
            types?: ("organization.create" | "organization.rename" | "organization.policy_change" | "organization.catalogue_adopt" | "organization.suspend" | "organization.resume" | "organization.delete" | "space.create" | "space.rename" | "space.deactivate" | "space.reactivate" | "space.delete" | "member.invite" | "member.invite_resend" | "member.invite_revoke" | "member.invite_decline" | "member.invite_expire" | "member.invite_erase" | "member.accept" | "member.join" | "member.identity_link" | "member.role_change" | "member.grant_start" | "member.grant_expire" | "member.deactivate" | "member.reactivate" | "member.remove" | "member.profile_change" | "member.personal_data_erase" | "team.create" | "team.rename" | "team.delete" | "team.member_add" | "team.member_remove" | "team.role_change" | "service_account.create" | "service_account.change" | "service_account.role_change" | "service_account.delete" | "api_key.create" | "api_key.change" | "api_key.rotate" | "api_key.revoke" | "role.define" | "role.change" | "role.retire" | "catalogue.publish")[];
            /**
             * @example enabled
             * @enum {string}
             */
            status: "enabled" | "disabled";
            /**
             * @description why the service disabled it
             * @example it answered 410, that it is gone
             */
            reason?: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-03-01T12:00:00.000Z
             */
            updatedAt: string;
            /**
             * @description signs what is sent; shown here and never again
             * @example whsec_…
             */
            secret: string;
        };
        WebhooksAnswer: {
            items: components["schemas"]["WebhookAnswer"][];
        };
        WhereAnswer: {
            /** @example acme */
            organization: string;
            /**
             * @description absent: at the organization itself
             * @example space_01jx8q5v3mf2h9k7c4n6t0wzpd
             */
            space?: string;
            /**
             * @description true: it can not be said whether, until this organization is repaired
             * @example true
             */
            quarantined?: boolean;
        };
        WherePage: {
            items: components["schemas"]["WhereAnswer"][];
            /**
             * @description where the next page begins; absent on the last
             * @example eyJhZnRlciI6NDF9
             */
            nextCursor?: string;
        };
    };
    responses: {
        /** @description Not valid; `errors` points at each trouble */
        Problem400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:request.invalid",
                 *       "title": "The request is not valid",
                 *       "status": 400,
                 *       "detail": "One field is not valid: /name is missing.",
                 *       "instance": "req-1a2b",
                 *       "code": "request.invalid",
                 *       "errors": [
                 *         {
                 *           "pointer": "/name",
                 *           "detail": "is missing"
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not signed in */
        Problem401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:authentication.missing",
                 *       "title": "Sign in first",
                 *       "status": 401,
                 *       "detail": "Send an access token: \"Authorization: Bearer …\".",
                 *       "instance": "req-1a2b",
                 *       "code": "authentication.missing"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not permitted */
        Problem403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:permission.denied",
                 *       "title": "Not permitted",
                 *       "status": 403,
                 *       "detail": "This takes members:invite.",
                 *       "instance": "req-1a2b",
                 *       "code": "permission.denied"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No such thing, or not for the caller */
        Problem404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:organization.not_found",
                 *       "title": "Not found",
                 *       "status": 404,
                 *       "detail": "There is no organization acme, or you are not a member of it.",
                 *       "instance": "req-1a2b",
                 *       "code": "organization.not_found"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not possible in this state */
        Problem409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:member.last_holder",
                 *       "title": "Not possible in this state",
                 *       "status": 409,
                 *       "detail": "Give the role to another active member first.",
                 *       "instance": "req-1a2b",
                 *       "code": "member.last_holder"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Changed since `If-Match` */
        Problem412: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:precondition.failed",
                 *       "title": "Changed meanwhile",
                 *       "status": 412,
                 *       "detail": "It has changed since; read it again and decide anew.",
                 *       "instance": "req-1a2b",
                 *       "code": "precondition.failed"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Larger than this route takes */
        Problem413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:request.too_large",
                 *       "title": "Too large",
                 *       "status": 413,
                 *       "detail": "The body is larger than this route takes.",
                 *       "instance": "req-1a2b",
                 *       "code": "request.too_large"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not `application/json` */
        Problem415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:request.unsupported",
                 *       "title": "Not supported",
                 *       "status": 415,
                 *       "detail": "Send the body as application/json.",
                 *       "instance": "req-1a2b",
                 *       "code": "request.unsupported"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too often; `Retry-After` says when */
        Problem429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:rate.limited",
                 *       "title": "Too often",
                 *       "status": 429,
                 *       "detail": "Too many requests; come back later.",
                 *       "instance": "req-1a2b",
                 *       "code": "rate.limited"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not now; repeat */
        Problem503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:membership:problem:read.not_yet",
                 *       "title": "Not available now",
                 *       "status": 503,
                 *       "detail": "Not read yet; ask again in a moment.",
                 *       "instance": "req-1a2b",
                 *       "code": "read.not_yet"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    authzenConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetadataAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    evaluate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": {
                 *         "type": "member",
                 *         "id": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd"
                 *       },
                 *       "action": {
                 *         "name": "spaces:view"
                 *       },
                 *       "resource": {
                 *         "type": "organization",
                 *         "id": "acme"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EvaluationBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    evaluateMany: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": {
                 *         "type": "member",
                 *         "id": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd"
                 *       },
                 *       "action": {
                 *         "name": "spaces:view"
                 *       },
                 *       "resource": {
                 *         "type": "organization",
                 *         "id": "acme"
                 *       },
                 *       "evaluations": [
                 *         {},
                 *         {
                 *           "action": {
                 *             "name": "spaces:delete"
                 *           }
                 *         }
                 *       ],
                 *       "options": {
                 *         "evaluations_semantic": "deny_on_first_deny"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EvaluationsBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionsAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    authzenKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeySetAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    searchActions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": {
                 *         "type": "member",
                 *         "id": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd"
                 *       },
                 *       "resource": {
                 *         "type": "organization",
                 *         "id": "acme"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ActionSearchBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionsAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    searchResources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": {
                 *         "type": "member",
                 *         "id": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd"
                 *       },
                 *       "action": {
                 *         "name": "spaces:view"
                 *       },
                 *       "resource": {
                 *         "type": "space",
                 *         "properties": {
                 *           "organization": "acme"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ResourceSearchBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResourcesAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    searchSubjects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": {
                 *         "type": "member"
                 *       },
                 *       "action": {
                 *         "name": "spaces:view"
                 *       },
                 *       "resource": {
                 *         "type": "organization",
                 *         "id": "acme"
                 *       },
                 *       "page": {
                 *         "limit": 10
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["SubjectSearchBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubjectsAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    watchPermissions: {
        parameters: {
            query?: {
                /** @description absent: every organization, for a service that may ask across organizations; such as acme */
                organization?: string;
                /** @description where an earlier stream had come to; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description first what is held now; without a cursor */
                state?: boolean;
                /** @description from the first event on; without a cursor */
                beginning?: boolean;
                /** @description only what they hold; such as mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
                principal?: string;
                /** @description only this one; such as policies:assign */
                permission?: string;
            };
            header?: {
                /** @description The cursor to go on after, in the place of how the address says to begin */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events, each the data of a message of its name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ChangeMessage"] | components["schemas"]["SyncedMessage"] | components["schemas"]["HeartbeatMessage"] | components["schemas"]["ClosedMessage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    checkAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "principal": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd",
                 *       "organization": "acme",
                 *       "permission": "spaces:view"
                 *     }
                 */
                "application/json": components["schemas"]["CheckBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    checkAccessBatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "checks": [
                 *         {
                 *           "principal": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd",
                 *           "organization": "acme",
                 *           "permission": "spaces:view"
                 *         },
                 *         {
                 *           "principal": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd",
                 *           "organization": "acme",
                 *           "permission": "spaces:delete"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["CheckManyBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckManyAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    explainAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "principal": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd",
                 *       "organization": "acme",
                 *       "permission": "spaces:delete"
                 *     }
                 */
                "application/json": components["schemas"]["CheckBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    forwardAuth: {
        parameters: {
            query?: {
                /** @description goes before the header; such as acme */
                organization?: string;
                /** @description goes before the header; absent: the organization itself; such as text */
                space?: string;
                /** @description at least as fresh as this revision; such as text */
                atLeast?: string;
            };
            header?: {
                /** @description its path, with or without a query */
                "X-Forwarded-Uri"?: string;
                /** @description of the request to the product, as Traefik says it */
                "X-Forwarded-Method"?: string;
                /** @description its path, with or without a query */
                "X-Original-URI"?: string;
                /** @description of the request to the product, as nginx is set to say it */
                "X-Original-Method"?: string;
                /** @description the revision, where no parameter says it */
                "Membership-At-Least"?: string;
                /** @description the space, where no parameter says it */
                "Membership-Space"?: string;
                /** @description the organization, where no parameter says it */
                "Membership-Organization"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    checkApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "key_01jx8q5v3mf2h9k7c4n6t0wzpd",
                 *       "scope": "scan:write",
                 *       "organization": "engines"
                 *     }
                 */
                "application/json": components["schemas"]["CheckKeyBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listWhereabouts: {
        parameters: {
            query: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description mem_…, svc_…, key_…, usr_… or user:<subject>; such as mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
                principal: string;
                /** @description such as spaces:view */
                permission: string;
                /** @description as of this time, or of this revision of any organization; absent: now; such as 2026-03-01T12:00:00.000Z */
                at?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WherePage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listPrincipals: {
        parameters: {
            query: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description such as acme */
                organization: string;
                /** @description absent: at the organization itself; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
                /** @description such as spaces:view */
                permission: string;
                /** @description as of this time, or this revision; absent: now; such as 2026-03-01T12:00:00.000Z */
                at?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolderPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    checkRoute: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "principal": "user:ada@acme.example",
                 *       "organization": "looms",
                 *       "method": "GET",
                 *       "path": "/project/billing"
                 *     }
                 */
                "application/json": components["schemas"]["CheckRouteBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listCatalogues: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CataloguePage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getCatalogue: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a catalogue */
                catalogue: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogueContentAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listAdoptions: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description a catalogue */
                catalogue: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdoptionPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getCatalogueVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a catalogue */
                catalogue: string;
                /** @description a version of it */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogueContentAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    readEvents: {
        parameters: {
            query?: {
                /** @description absent: everything, for who may read it all; such as acme */
                organization?: string;
                /** @description only such events */
                type?: "organization.create" | "organization.rename" | "organization.policy_change" | "organization.catalogue_adopt" | "organization.suspend" | "organization.resume" | "organization.delete" | "space.create" | "space.rename" | "space.deactivate" | "space.reactivate" | "space.delete" | "member.invite" | "member.invite_resend" | "member.invite_revoke" | "member.invite_decline" | "member.invite_expire" | "member.invite_erase" | "member.accept" | "member.join" | "member.identity_link" | "member.role_change" | "member.grant_start" | "member.grant_expire" | "member.deactivate" | "member.reactivate" | "member.remove" | "member.profile_change" | "member.personal_data_erase" | "team.create" | "team.rename" | "team.delete" | "team.member_add" | "team.member_remove" | "team.role_change" | "service_account.create" | "service_account.change" | "service_account.role_change" | "service_account.delete" | "api_key.create" | "api_key.change" | "api_key.rotate" | "api_key.revoke" | "role.define" | "role.change" | "role.retire" | "catalogue.publish";
                /** @description where an earlier answer had come to; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description from the first event on; without a cursor */
                beginning?: boolean;
                /** @description events in one answer at most; 50 if left out */
                limit?: number;
                /** @description seconds to wait for the first event; 0 if left out */
                wait?: number;
            };
            header?: {
                /** @description The cursor to go on after, in the place of how the address says to begin */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or events, each the data of a message of its name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedPage"];
                    "text/event-stream": components["schemas"]["PublishedEventAnswer"] | components["schemas"]["QuietMessage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "k1.acme.inv_01jx8q5v3mf2h9k7c4n6t0wzpd.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                 *       "name": "Grace Hopper"
                 *     }
                 */
                "application/json": components["schemas"]["AcceptBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    declineInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "k1.acme.inv_01jx8q5v3mf2h9k7c4n6t0wzpd.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                 *     }
                 */
                "application/json": components["schemas"]["LinkBody"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    lookUpInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "k1.acme.inv_01jx8q5v3mf2h9k7c4n6t0wzpd.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                 *     }
                 */
                "application/json": components["schemas"]["LinkBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkedInvitationAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    eraseMe: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasuresAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listMyMemberships: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description active and inactive ones where left out; an invitation is to an address, and nobody’s membership until it is accepted */
                status?: "active" | "inactive" | "removed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MembershipPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    createOrganization: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "acme",
                 *       "name": "Acme",
                 *       "catalogue": "mondoo"
                 *     }
                 */
                "application/json": components["schemas"]["CreateOrganizationBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getOrganization: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    deleteOrganization: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    updateOrganization: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Acme Ltd",
                 *       "policies": {
                 *         "invitation.ttl": "P2D"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["ChangeOrganizationBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    accessDiff: {
        parameters: {
            query: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description a time, or a revision of this organization: right after that event; such as 2026-03-01T12:00:00.000Z */
                from: string;
                /** @description a time, or a revision of this organization: right after that event; absent: now; such as 2026-04-01T12:00:00.000Z */
                to?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiffPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description of one owner; such as svc_01jx8q5v3mf2h9k7c4n6t0wzpd */
                owner?: string;
                /** @description of service accounts that hold a role there; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    createApiKey: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "pipeline",
                 *       "owner": "svc_01jx8q5v3mf2h9k7c4n6t0wzpd",
                 *       "scopes": []
                 *     }
                 */
                "application/json": components["schemas"]["CreateApiKeyBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    updateApiKey: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description an API key of it */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "old pipeline"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeApiKeyBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description an API key of it */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    rotateApiKey: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description an API key of it */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description such as member.role_change */
                type?: string;
                /** @description who did it, or whom a trusted service did it for: a user, member, service account or key; such as usr_01jx8q5v3mf2h9k7c4n6t0wzpd */
                actor?: string;
                /** @description whom it is about, their invitations and keys included; such as mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
                member?: string;
                /** @description only what names this space; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
                /** @description from then on; such as 2026-03-01T12:00:00.000Z */
                from?: string;
                /** @description before then; such as 2026-03-01T12:00:00.000Z */
                to?: string;
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description first; newest if left out */
                order?: "newest" | "oldest";
                /** @description only what came after this revision; such as YWNtZSA0MQ */
                after?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    exportAudit: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description such as member.role_change */
                type?: string;
                /** @description who did it, or whom a trusted service did it for: a user, member, service account or key; such as usr_01jx8q5v3mf2h9k7c4n6t0wzpd */
                actor?: string;
                /** @description whom it is about, their invitations and keys included; such as mem_01jx8q5v3mf2h9k7c4n6t0wzpd */
                member?: string;
                /** @description only what names this space; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
                /** @description from then on; such as 2026-03-01T12:00:00.000Z */
                from?: string;
                /** @description before then; such as 2026-03-01T12:00:00.000Z */
                to?: string;
                /** @description ndjson if left out; chain: the raw records, verifiable without keys */
                format?: "ndjson" | "csv" | "chain";
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lines of JSON, or comma-separated values */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    adoptCatalogue: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 1
                 *     }
                 */
                "application/json": components["schemas"]["AdoptCatalogueBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description by the clock */
                status?: "pending" | "accepted" | "declined" | "expired" | "revoked";
                /** @description the whole address; such as ada@example.com */
                email?: string;
                /** @description to a role there, or into a team of it; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    inviteMember: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "grace@acme.example",
                 *       "roles": [
                 *         "editor"
                 *       ],
                 *       "message": "Welcome!"
                 *     }
                 */
                "application/json": components["schemas"]["InviteBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    inviteMembers: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "invitations": [
                 *         {
                 *           "email": "joan@acme.example",
                 *           "roles": [
                 *             "viewer"
                 *           ]
                 *         },
                 *         {
                 *           "email": "mary@acme.example",
                 *           "grants": [
                 *             {
                 *               "role": "editor",
                 *               "expiresAt": "2099-01-01T00:00:00.000Z"
                 *             }
                 *           ],
                 *           "expiresIn": "P3D"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["InviteManyBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviteManyAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getInvitation: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                /** @description an invitation to it */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    eraseInvitation: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description an invitation to it */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    resendInvitation: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description an invitation to it */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "expiresIn": "P7D"
                 *     }
                 */
                "application/json": components["schemas"]["ResendBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    revokeInvitation: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description an invitation to it */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    leaveOrganization: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listMembers: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                status?: "invited" | "active" | "inactive" | "removed";
                /** @description who holds this role directly; such as editor */
                role?: string;
                /** @description who holds a role there directly; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
                /** @description such as team_01jx8q5v3mf2h9k7c4n6t0wzpd */
                team?: string;
                /** @description part of the name or address; such as ada */
                q?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getMember: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    removeMember: {
        parameters: {
            query?: {
                /** @description only what is held directly there; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    updateMember: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Grace Hopper"
                 *     }
                 */
                "application/json": components["schemas"]["ProfileBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    deactivateMember: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    eraseMember: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listPermissions: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description absent: at the organization itself; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
                /** @description as of this time, or this revision; absent: now; such as 2026-03-01T12:00:00.000Z */
                at?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PermissionsAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listReach: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    reactivateMember: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    setRoles: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "roles": [
                 *         "editor"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RolesBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    changeRoles: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "add": [
                 *         {
                 *           "role": "audit-log-viewer"
                 *         }
                 *       ],
                 *       "remove": [
                 *         "viewer"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ChangeRolesBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    transferOwnership: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "to": "mem_01jx8q5v3mf2h9k7c4n6t0wzpd",
                 *       "demoteTo": "admin"
                 *     }
                 */
                "application/json": components["schemas"]["TransferBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    resumeOrganization: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listRoles: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolePage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    defineRole: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Reader",
                 *       "scopes": [
                 *         "organization"
                 *       ],
                 *       "permissions": [
                 *         "spaces:view"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["DefineRoleBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomRoleAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    changeRole: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a role it has made */
                role: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Readers",
                 *       "description": "Looks, and changes nothing"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeRoleBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomRoleAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    retireRole: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a role it has made */
                role: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "remapTo": "viewer"
                 *     }
                 */
                "application/json": components["schemas"]["RetireRoleBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listServiceAccounts: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description which hold a role there; such as space_01jx8q5v3mf2h9k7c4n6t0wzpd */
                space?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    createServiceAccount: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Nightly scans",
                 *       "roles": [
                 *         "scan-job-runner"
                 *       ],
                 *       "space": "space_01jx8q5v3mf2h9k7c4n6t0wzpd"
                 *     }
                 */
                "application/json": components["schemas"]["CreateServiceAccountBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getServiceAccount: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                /** @description a service account of it */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    deleteServiceAccount: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a service account of it */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    updateServiceAccount: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a service account of it */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Weekly scans"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeServiceAccountBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    setServiceAccountRoles: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a service account of it */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "roles": [
                 *         "scan-job-runner"
                 *       ],
                 *       "space": "space_01jx8q5v3mf2h9k7c4n6t0wzpd"
                 *     }
                 */
                "application/json": components["schemas"]["RolesBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listSpaces: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpacePage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    createSpace: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Berlin"
                 *     }
                 */
                "application/json": components["schemas"]["NamedBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpaceAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getSpace: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                /** @description a space of it */
                space: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpaceAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    deleteSpace: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a space of it */
                space: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    renameSpace: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a space of it */
                space: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Paris"
                 *     }
                 */
                "application/json": components["schemas"]["NamedBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpaceAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    deactivateSpace: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a space of it */
                space: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpaceAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    reactivateSpace: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a space of it */
                space: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpaceAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    suspendOrganization: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "unpaid"
                 *     }
                 */
                "application/json": components["schemas"]["SuspendBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listTeams: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description of one space, or of the organization itself; such as organization */
                scope?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    createTeam: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Responders"
                 *     }
                 */
                "application/json": components["schemas"]["CreateTeamBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getTeam: {
        parameters: {
            query?: {
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                /** @description a team of it */
                team: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    deleteTeam: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a team of it */
                team: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    renameTeam: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a team of it */
                team: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "First responders"
                 *     }
                 */
                "application/json": components["schemas"]["RenameTeamBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    addTeamMember: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a team of it */
                team: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    removeTeamMember: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a team of it */
                team: string;
                /** @description a member of it */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    setTeamRoles: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description an organization */
                organization: string;
                /** @description a team of it */
                team: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "roles": [
                 *         "viewer"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RolesBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhooksAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://acme.example/hook",
                 *       "types": [
                 *         "member.join",
                 *         "member.remove"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["CreateWebhookBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecretAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemovedWebhookAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "status": "enabled"
                 *     }
                 */
                "application/json": components["schemas"]["ChangeWebhookBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
            };
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RedeliverBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedeliveredAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    rotateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description an organization */
                organization: string;
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecretAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    renameProject: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
                /** @description the project: an organization on the catalogue `cve-project`, any other is not found; without it, the only one the caller is in */
                "X-Project"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Looms"
                 *     }
                 */
                "application/json": components["schemas"]["RenameProjectBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    inviteUser: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
                /** @description the project: an organization on the catalogue `cve-project`, any other is not found; without it, the only one the caller is in */
                "X-Project"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "grace@acme.example",
                 *       "role": "analyst"
                 *     }
                 */
                "application/json": components["schemas"]["InviteUserBody"];
            };
        };
        responses: {
            /** @description With `dryRun`: nothing is written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewAnswer"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    withdrawInvitation: {
        parameters: {
            query?: {
                /** @description here or as ?email=; such as ada@example.com */
                email?: string;
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
                /** @description the project: an organization on the catalogue `cve-project`, any other is not found; without it, the only one the caller is in */
                "X-Project"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "mary@acme.example"
                 *     }
                 */
                "application/json": components["schemas"]["InvitedUserBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    removeUser: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
                /** @description the project: an organization on the catalogue `cve-project`, any other is not found; without it, the only one the caller is in */
                "X-Project"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ben@acme.example"
                 *     }
                 */
                "application/json": components["schemas"]["UserBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    changeUserRole: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
                /** @description the project: an organization on the catalogue `cve-project`, any other is not found; without it, the only one the caller is in */
                "X-Project"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ben@acme.example",
                 *       "role": "viewer"
                 *     }
                 */
                "application/json": components["schemas"]["UserRoleBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberAnswer"] | components["schemas"]["PreviewAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    rebuildReadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description a read model */
                readModel: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RebuildBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RebuildAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    erasePerson: {
        parameters: {
            query?: {
                /** @description Say what would happen and write nothing */
                dryRun?: boolean;
            };
            header?: {
                /** @description Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours */
                "Idempotency-Key"?: string;
                /** @description The ETag the resource was read or written with */
                "If-Match"?: string;
            };
            path: {
                /** @description a person: usr_… or user:<subject> */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ben@acme.example"
                 *     }
                 */
                "application/json": components["schemas"]["ErasePersonBody"];
            };
        };
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasuresAnswer"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    listMemberships: {
        parameters: {
            query?: {
                /** @description how many; 50 where left out */
                limit?: number;
                /** @description nextCursor of the page before; such as eyJhZnRlciI6NDF9 */
                cursor?: string;
                /** @description at least as fresh as this revision; such as YWNtZSA0MQ */
                atLeast?: string;
                /** @description active and inactive ones where left out; an invitation is to an address, and nobody’s membership until it is accepted */
                status?: "active" | "inactive" | "removed";
            };
            header?: never;
            path: {
                /** @description a person: usr_… or user:<subject> */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or already so */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MembershipPage"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            503: components["responses"]["Problem503"];
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
            403: components["responses"]["Problem403"];
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            403: components["responses"]["Problem403"];
            /** @description Not yet, or not any more */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
        };
    };
}

/** Where each operation is, and of which kind: what may be repeated, and how it is answered. */
export const OPERATIONS = {
    authzenConfiguration: ["get","/.well-known/authzen-configuration","asks"],
    evaluate: ["post","/access/v1/evaluation","asks"],
    evaluateMany: ["post","/access/v1/evaluations","asks"],
    authzenKeys: ["get","/access/v1/jwks","asks"],
    searchActions: ["post","/access/v1/search/action","asks"],
    searchResources: ["post","/access/v1/search/resource","asks"],
    searchSubjects: ["post","/access/v1/search/subject","asks"],
    watchPermissions: ["get","/api/v1/access/changes","streams"],
    checkAccess: ["post","/api/v1/access/check","asks"],
    checkAccessBatch: ["post","/api/v1/access/check/batch","asks"],
    explainAccess: ["post","/api/v1/access/explain","asks"],
    forwardAuth: ["get","/api/v1/access/forward-auth","asks"],
    checkApiKey: ["post","/api/v1/access/keys/check","asks"],
    listWhereabouts: ["get","/api/v1/access/organizations","asks"],
    listPrincipals: ["get","/api/v1/access/principals","asks"],
    checkRoute: ["post","/api/v1/access/route","asks"],
    listCatalogues: ["get","/api/v1/catalogues","asks"],
    getCatalogue: ["get","/api/v1/catalogues/{catalogue}","asks"],
    listAdoptions: ["get","/api/v1/catalogues/{catalogue}/adoptions","asks"],
    getCatalogueVersion: ["get","/api/v1/catalogues/{catalogue}/versions/{version}","asks"],
    readEvents: ["get","/api/v1/events","asks"],
    acceptInvitation: ["post","/api/v1/invitations/accept","writes"],
    declineInvitation: ["post","/api/v1/invitations/decline","once"],
    lookUpInvitation: ["post","/api/v1/invitations/lookup","once"],
    getMe: ["get","/api/v1/me","asks"],
    eraseMe: ["post","/api/v1/me/erase","writes"],
    listMyMemberships: ["get","/api/v1/me/memberships","asks"],
    createOrganization: ["post","/api/v1/organizations","writes"],
    getOrganization: ["get","/api/v1/organizations/{organization}","asks"],
    updateOrganization: ["patch","/api/v1/organizations/{organization}","writes"],
    deleteOrganization: ["delete","/api/v1/organizations/{organization}","writes"],
    accessDiff: ["get","/api/v1/organizations/{organization}/access/diff","asks"],
    listApiKeys: ["get","/api/v1/organizations/{organization}/api-keys","asks"],
    createApiKey: ["post","/api/v1/organizations/{organization}/api-keys","once"],
    updateApiKey: ["patch","/api/v1/organizations/{organization}/api-keys/{key}","writes"],
    revokeApiKey: ["post","/api/v1/organizations/{organization}/api-keys/{key}/revoke","writes"],
    rotateApiKey: ["post","/api/v1/organizations/{organization}/api-keys/{key}/rotate","once"],
    listAudit: ["get","/api/v1/organizations/{organization}/audit","asks"],
    exportAudit: ["get","/api/v1/organizations/{organization}/audit/export","streams"],
    adoptCatalogue: ["post","/api/v1/organizations/{organization}/catalogue","writes"],
    listInvitations: ["get","/api/v1/organizations/{organization}/invitations","asks"],
    inviteMember: ["post","/api/v1/organizations/{organization}/invitations","writes"],
    inviteMembers: ["post","/api/v1/organizations/{organization}/invitations/batch","writes"],
    getInvitation: ["get","/api/v1/organizations/{organization}/invitations/{invitation}","asks"],
    eraseInvitation: ["post","/api/v1/organizations/{organization}/invitations/{invitation}/erase","writes"],
    resendInvitation: ["post","/api/v1/organizations/{organization}/invitations/{invitation}/resend","writes"],
    revokeInvitation: ["post","/api/v1/organizations/{organization}/invitations/{invitation}/revoke","writes"],
    leaveOrganization: ["post","/api/v1/organizations/{organization}/leave","writes"],
    listMembers: ["get","/api/v1/organizations/{organization}/members","asks"],
    getMember: ["get","/api/v1/organizations/{organization}/members/{member}","asks"],
    updateMember: ["patch","/api/v1/organizations/{organization}/members/{member}","writes"],
    removeMember: ["delete","/api/v1/organizations/{organization}/members/{member}","writes"],
    deactivateMember: ["post","/api/v1/organizations/{organization}/members/{member}/deactivate","writes"],
    eraseMember: ["post","/api/v1/organizations/{organization}/members/{member}/erase","writes"],
    listPermissions: ["get","/api/v1/organizations/{organization}/members/{member}/permissions","asks"],
    listReach: ["get","/api/v1/organizations/{organization}/members/{member}/reach","asks"],
    reactivateMember: ["post","/api/v1/organizations/{organization}/members/{member}/reactivate","writes"],
    setRoles: ["put","/api/v1/organizations/{organization}/members/{member}/roles","writes"],
    changeRoles: ["patch","/api/v1/organizations/{organization}/members/{member}/roles","writes"],
    transferOwnership: ["post","/api/v1/organizations/{organization}/ownership-transfer","writes"],
    resumeOrganization: ["post","/api/v1/organizations/{organization}/resume","writes"],
    listRoles: ["get","/api/v1/organizations/{organization}/roles","asks"],
    defineRole: ["post","/api/v1/organizations/{organization}/roles","writes"],
    changeRole: ["patch","/api/v1/organizations/{organization}/roles/{role}","writes"],
    retireRole: ["post","/api/v1/organizations/{organization}/roles/{role}/retire","writes"],
    listServiceAccounts: ["get","/api/v1/organizations/{organization}/service-accounts","asks"],
    createServiceAccount: ["post","/api/v1/organizations/{organization}/service-accounts","writes"],
    getServiceAccount: ["get","/api/v1/organizations/{organization}/service-accounts/{account}","asks"],
    updateServiceAccount: ["patch","/api/v1/organizations/{organization}/service-accounts/{account}","writes"],
    deleteServiceAccount: ["delete","/api/v1/organizations/{organization}/service-accounts/{account}","writes"],
    setServiceAccountRoles: ["put","/api/v1/organizations/{organization}/service-accounts/{account}/roles","writes"],
    listSpaces: ["get","/api/v1/organizations/{organization}/spaces","asks"],
    createSpace: ["post","/api/v1/organizations/{organization}/spaces","writes"],
    getSpace: ["get","/api/v1/organizations/{organization}/spaces/{space}","asks"],
    renameSpace: ["patch","/api/v1/organizations/{organization}/spaces/{space}","writes"],
    deleteSpace: ["delete","/api/v1/organizations/{organization}/spaces/{space}","writes"],
    deactivateSpace: ["post","/api/v1/organizations/{organization}/spaces/{space}/deactivate","writes"],
    reactivateSpace: ["post","/api/v1/organizations/{organization}/spaces/{space}/reactivate","writes"],
    suspendOrganization: ["post","/api/v1/organizations/{organization}/suspend","writes"],
    listTeams: ["get","/api/v1/organizations/{organization}/teams","asks"],
    createTeam: ["post","/api/v1/organizations/{organization}/teams","writes"],
    getTeam: ["get","/api/v1/organizations/{organization}/teams/{team}","asks"],
    renameTeam: ["patch","/api/v1/organizations/{organization}/teams/{team}","writes"],
    deleteTeam: ["delete","/api/v1/organizations/{organization}/teams/{team}","writes"],
    addTeamMember: ["put","/api/v1/organizations/{organization}/teams/{team}/members/{member}","writes"],
    removeTeamMember: ["delete","/api/v1/organizations/{organization}/teams/{team}/members/{member}","writes"],
    setTeamRoles: ["put","/api/v1/organizations/{organization}/teams/{team}/roles","writes"],
    listWebhooks: ["get","/api/v1/organizations/{organization}/webhooks","asks"],
    createWebhook: ["post","/api/v1/organizations/{organization}/webhooks","once"],
    getWebhook: ["get","/api/v1/organizations/{organization}/webhooks/{webhook}","asks"],
    updateWebhook: ["patch","/api/v1/organizations/{organization}/webhooks/{webhook}","once"],
    deleteWebhook: ["delete","/api/v1/organizations/{organization}/webhooks/{webhook}","once"],
    listDeliveries: ["get","/api/v1/organizations/{organization}/webhooks/{webhook}/deliveries","asks"],
    redeliver: ["post","/api/v1/organizations/{organization}/webhooks/{webhook}/redeliver","once"],
    rotateWebhook: ["post","/api/v1/organizations/{organization}/webhooks/{webhook}/rotate","once"],
    renameProject: ["put","/api/v1/project","writes"],
    inviteUser: ["post","/api/v1/project/users/invite","writes"],
    withdrawInvitation: ["delete","/api/v1/project/users/invite","writes"],
    removeUser: ["post","/api/v1/project/users/remove","writes"],
    changeUserRole: ["post","/api/v1/project/users/role","writes"],
    rebuildReadModel: ["post","/api/v1/read-models/{readModel}/rebuild","once"],
    erasePerson: ["post","/api/v1/users/{user}/erase","writes"],
    listMemberships: ["get","/api/v1/users/{user}/memberships","asks"],
    live: ["get","/health/live","asks"],
    ready: ["get","/health/ready","asks"],
} as const;
