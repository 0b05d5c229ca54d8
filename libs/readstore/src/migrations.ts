import type { Migration } from '#database/migrations.js';

/** What is no projection: it survives every rebuild. Steps are written once, never edited. */
export const MIGRATIONS: readonly Migration[] = [
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
];
