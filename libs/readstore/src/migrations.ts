import type { Migration } from '#database/migrations.js';

/** What is no projection: it survives every rebuild. Steps are written once, never edited. */
const STEPS = [
  `create table checkpoints (
     "name" text not null,
     "build" bigint not null,
     "state" text not null,
     "position" bigint not null,
     "log" text not null,
     "shape" text not null,
     primary key ("build")
   );
   create table quarantine (
     "build" bigint not null,
     "stream" text not null,
     "revision" bigint not null,
     "type" text not null,
     "reason" text not null,
     "at" text not null,
     primary key ("build", "stream")
   );
   create table deliveries (
     "organization" text not null,
     "invitation" text not null,
     "generation" bigint not null,
     "status" text not null,
     "reason" text,
     "at" text not null,
     primary key ("organization", "invitation", "generation")
   );`,
  `create table mails (
     "organization" text not null,
     "invitation" text not null,
     "generation" bigint not null,
     "state" text not null,
     "message" text,
     "attempts" bigint not null,
     "refusals" bigint not null,
     "dueAt" text not null,
     primary key ("organization", "invitation", "generation")
   );
   create index mails_due on mails ("dueAt") where "state" = 'waiting';
   create table mail_checkpoint (
     "name" text not null,
     "log" text not null,
     "position" bigint not null,
     primary key ("name")
   );`,
  `create table relay_checkpoints (
     "name" text not null,
     "log" text not null,
     "position" bigint not null,
     primary key ("name")
   );`,
  `create table webhook_endpoints (
     "organization" text not null,
     "id" text not null,
     "url" text not null,
     "description" text,
     "types" text,
     "status" text not null,
     "reason" text,
     "secret" text not null,
     "previousSecret" text,
     "previousUntil" text,
     "after" bigint not null,
     "createdAt" text not null,
     "updatedAt" text not null,
     primary key ("id")
   );
   create index webhook_endpoints_of on webhook_endpoints ("organization", "id");
   create table webhook_deliveries (
     "endpoint" text not null,
     "organization" text not null,
     "revision" bigint not null,
     "type" text not null,
     "state" text not null,
     "attempts" bigint not null,
     "dueAt" text not null,
     "attemptedAt" text,
     "reason" text,
     primary key ("endpoint", "revision")
   );
   create index webhook_deliveries_due on webhook_deliveries ("dueAt") where "state" = 'waiting';`,
  `alter table mails add column
     "traceparent" text;`,
  `create table rebuilds (
     "number" bigint not null,
     "readModel" text,
     "organization" text,
     "askedAt" text not null,
     "doneAt" text,
     primary key ("number")
   );`,
  `create index webhook_deliveries_waiting on webhook_deliveries ("endpoint", "revision")
     where "state" = 'waiting';`,
  `drop index webhook_deliveries_waiting;
   create index webhook_deliveries_waiting on webhook_deliveries ("endpoint", "dueAt", "revision")
     where "state" = 'waiting';`,
];

export const MIGRATIONS: readonly Migration[] = STEPS;

/** The same for PostgreSQL, where text has to be told to sort by its code points. */
export const POSTGRES_MIGRATIONS: readonly string[] = STEPS.map((step) =>
  step.replaceAll(/^( +"\w+" text)/gm, '$1 collate "C"'),
);
