/**
 * The operations of the API without their routes: each is carried out by the controller that has
 * it, through the same guards and with the same checks as a request of HTTP.
 */
import type { INestApplicationContext, Type } from '@nestjs/common';
import { PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ExternalContextCreator } from '@nestjs/core/helpers/external-context-creator.js';
import { RouteParamsFactory } from '@nestjs/core/router/route-params-factory.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from '#domain/refusals.js';
import { fieldsOf } from '../http/fields.js';
import type { Incoming } from './incoming.js';

type Plain = { readonly [field: string]: unknown };

/** What a message is to the operation that takes it. */
interface Parts {
  readonly params: { readonly [name: string]: string };
  readonly query: Plain;
  readonly body: Plain | undefined;
}

interface Operation {
  /** What its path names. */
  readonly names: readonly string[];
  /** The class of its body; absent: it takes none. */
  readonly body: Type<object> | undefined;
  readonly carryOut: (request: FastifyRequest, reply: FastifyReply) => Promise<object | undefined>;
}

export class Operations {
  readonly #operations: ReadonlyMap<string, Operation>;

  constructor(app: INestApplicationContext) {
    const contexts = app.get(ExternalContextCreator, { strict: false });
    const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
      ...module.controllers.values(),
    ]);
    this.#operations = new Map(
      controllers.flatMap(({ instance }) => operationsOf(instance, contexts)),
    );
  }

  has(name: string): boolean {
    return this.#operations.has(name);
  }

  /** @throws Refusal, and whatever else a route throws. */
  async carryOut(name: string, message: Plain, call: Incoming): Promise<object> {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new Error(`there is no operation ${name}`);
    const request = Object.assign(call.request, partsOf(operation, message));
    const answer = await operation.carryOut(
      request as unknown as FastifyRequest,
      call.reply as FastifyReply,
    );
    return answer ?? {};
  }
}

/** Values that Nest gives to the parameters of a route, from a request and its reply. */
const parameters = new RouteParamsFactory();
const fromArguments = {
  exchangeKeyForValue: (type: RouteParamtypes, data: string, [req, res]: unknown[]): unknown =>
    parameters.exchangeKeyForValue(type, data, { req, res, next: undefined } as never),
};

function operationsOf(controller: object, contexts: ExternalContextCreator) {
  const prototype = Object.getPrototypeOf(controller) as Record<string, () => unknown>;
  const base = String(Reflect.getMetadata(PATH_METADATA, controller.constructor));
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const callback = prototype[name]!;
    const path = Reflect.getMetadata(PATH_METADATA, callback) as string | undefined;
    if (path === undefined) return [];
    const carryOut: Operation['carryOut'] = contexts.create(
      controller,
      callback,
      name,
      ROUTE_ARGS_METADATA,
      fromArguments,
      undefined,
      undefined,
      { guards: true, filters: false, interceptors: false },
    );
    const names = [...`${base}/${path}`.matchAll(/:(\w+)/g)].map(([, one]) => one!);
    const operation: Operation = { names, body: bodyOf(prototype, name), carryOut };
    return [[name, operation] as const];
  });
}

function bodyOf(prototype: object, name: string): Type<object> | undefined {
  const taken = (Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, name) ??
    {}) as Record<string, { readonly index: number }>;
  const [, body] =
    Object.entries(taken).find(([key]) => key.startsWith(`${RouteParamtypes.BODY}:`)) ?? [];
  if (body === undefined) return undefined;
  const types = Reflect.getMetadata('design:paramtypes', prototype, name) as Type<object>[];
  return types[body.index];
}

/**
 * What a path names, what asks for a dry run, and the rest: the body where there is one, else the
 * query.
 */
function partsOf({ names, body }: Operation, message: Plain): Parts {
  const { dryRun, clear = [], ...fields } = message;
  const params = Object.fromEntries(names.map((name) => [name, named(name, fields[name])]));
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
  const asked = dryRun === true ? { dryRun: 'true' } : {};
  if (body === undefined) return { params, query: { ...rest, ...asked }, body: undefined };
  return { params, query: asked, body: { ...emptied(body, clear as string[]), ...rest } };
}

/** What stands in a path: something, and nothing that nobody can see or write. */
function named(name: string, value: unknown): string {
  const text = value === undefined ? '' : String(value);
  if (text !== '' && text.length <= 300 && !/[\p{Cc}\p{Cs}]/u.test(text)) return text;
  const detail = text === '' ? 'is missing' : 'is no name of anything';
  return refuse('request.invalid', `One field is not valid: /${name} ${detail}.`, [
    { pointer: `/${name}`, detail },
  ]);
}

/**
 * Messages tell no empty list from none: one that has to be there is empty where it is not. What is
 * to be emptied otherwise is named.
 */
function emptied(body: Type<object>, clear: readonly string[]): Plain {
  const fields = fieldsOf(body);
  const isList = (name: string) => fields.get(name)?.list !== undefined;
  const needed = [...fields].flatMap(([name, { isOptional }]) => (isOptional ? [] : [name]));
  return Object.fromEntries([
    ...needed.filter(isList).map((name) => [name, []] as const),
    ...clear.map(camelCase).map((name) => [name, isList(name) ? [] : null] as const),
  ]);
}

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
