/** Where the endpoints of AuthZEN are. */
import { Controller, Get, NotFoundException, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Configuration } from '../config.js';
import { Public } from './caller.js';
import { DenialKeys } from './denial-keys.js';
import { Field, ListOf } from './fields.js';
import { Reads } from './routes.js';

/** Denials can be requested: the Access Request and Approval Profile. */
const ACCESS_REQUEST = 'urn:openid:authzen:capability:access-request';

const url = (path: string) => ({ example: `https://members.example.com${path}` });
class MetadataAnswer {
  @Field.text(url('')) readonly policy_decision_point!: string;
  @Field.text(url('/access/v1/evaluation')) readonly access_evaluation_endpoint!: string;
  @Field.text(url('/access/v1/evaluations')) readonly access_evaluations_endpoint!: string;
  @Field.text(url('/access/v1/search/subject')) readonly search_subject_endpoint!: string;
  @Field.text(url('/access/v1/search/resource')) readonly search_resource_endpoint!: string;
  @Field.text(url('/access/v1/search/action')) readonly search_action_endpoint!: string;
  @Field.text({ optional: true, ...url('/access/v1/requests') })
  readonly access_request_endpoint?: string;
  @Field.text({ optional: true, ...url('/access/v1/jwks') }) readonly jwks_uri?: string;
  @ListOf.text({ optional: true, example: [ACCESS_REQUEST] })
  readonly capabilities?: readonly string[];
}
class KeyAnswer {
  @Field.text({ example: 'k1' }) readonly kid!: string;
  @Field.text({ example: 'OKP' }) readonly kty!: string;
  @Field.text({ example: 'Ed25519' }) readonly crv!: string;
  @Field.text({ example: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }) readonly x!: string;
  @Field.text({ example: 'EdDSA' }) readonly alg!: string;
  @Field.text({ example: 'sig' }) readonly use!: string;
}
class KeySetAnswer {
  @ListOf.object(() => KeyAnswer) readonly keys!: readonly KeyAnswer[];
}

@ApiTags('authzen')
@Public()
@Controller()
export class AuthzenMetadataController {
  constructor(
    private readonly configuration: Configuration,
    private readonly keys: DenialKeys,
  ) {}

  @Get('.well-known/authzen-configuration')
  @Reads({ summary: 'AuthZEN: where its endpoints are', answers: MetadataAnswer })
  authzenConfiguration(@Req() request: FastifyRequest): MetadataAnswer {
    const here = `${request.protocol}://${request.host}`;
    const { publicUrl: base = here, ACCESS_REQUEST_ENDPOINT: requests } = this.configuration.value;
    return {
      policy_decision_point: base,
      access_evaluation_endpoint: `${base}/access/v1/evaluation`,
      access_evaluations_endpoint: `${base}/access/v1/evaluations`,
      search_subject_endpoint: `${base}/access/v1/search/subject`,
      search_resource_endpoint: `${base}/access/v1/search/resource`,
      search_action_endpoint: `${base}/access/v1/search/action`,
      ...(requests === undefined
        ? {}
        : {
            access_request_endpoint: requests,
            jwks_uri: `${base}/access/v1/jwks`,
            capabilities: [ACCESS_REQUEST],
          }),
    };
  }

  @Get('access/v1/jwks')
  @Reads({ summary: 'AuthZEN: what proves the denials to be ours', answers: KeySetAnswer })
  authzenKeys(): KeySetAnswer {
    // Nothing is signed where access can't be asked for.
    if (this.configuration.value.ACCESS_REQUEST_ENDPOINT === undefined) {
      throw new NotFoundException();
    }
    return this.keys.keySet as KeySetAnswer;
  }
}
