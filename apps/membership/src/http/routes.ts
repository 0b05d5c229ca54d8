/** How a route presents itself: in the OpenAPI document, and in what it takes besides its body. */
import { applyDecorators, HttpCode, UseGuards, type Type } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { UnconditionalGuard } from './unconditional.js';

interface Presented {
  readonly summary: string;
  readonly description?: string;
  /** What is answered; absent: nothing (204). */
  readonly answers?: Type<object>;
  readonly status?: number;
}

const answer = ({ answers, status = answers === undefined ? 204 : 200 }: Presented) =>
  applyDecorators(
    HttpCode(status),
    ApiResponse({
      status,
      description: status === 201 ? 'Created' : status === 204 ? 'Done' : 'Done, or already so',
      ...(answers === undefined ? {} : { type: answers }),
    }),
  );

const operation = ({ summary, description }: Presented) =>
  ApiOperation({ summary, ...(description === undefined ? {} : { description }) });

/** A question: takes `atLeast`. */
export const Reads = (presented: Presented): MethodDecorator =>
  applyDecorators(operation(presented), answer(presented));

/** A change of something that no event tells of. */
export const Sets = (presented: Omit<Presented, 'description'>): MethodDecorator =>
  applyDecorators(
    operation({
      ...presented,
      description: 'Done on no condition: with Idempotency-Key or If-Match it is refused.',
    }),
    answer(presented),
    UseGuards(UnconditionalGuard),
  );

/** A command: takes `Idempotency-Key`, `If-Match` and `?dryRun=true`, and gives an `ETag`. */
export const Writes = (presented: Presented): MethodDecorator =>
  applyDecorators(
    operation(presented),
    answer(presented),
    ApiQuery({
      name: 'dryRun',
      required: false,
      schema: { type: 'boolean' },
      description: 'Say what would happen and write nothing',
    }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      schema: { type: 'string', maxLength: 255 },
      description:
        'Made up by the caller, such as a3f1c2: the same request with the same key has effect once in 24 hours',
    }),
    ApiHeader({
      name: 'If-Match',
      required: false,
      schema: { type: 'string' },
      description: 'The ETag the resource was read or written with',
    }),
  );
