/** The OpenAPI document of the running application, made when it is first asked for. */
import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { describeApi } from './openapi.js';

@Injectable()
export class ApiDocument {
  #describe = (): string => '';
  #json: string | undefined;

  /** Called once every route is there. */
  of(app: INestApplication): void {
    this.#describe = () => `${JSON.stringify(describeApi(app), undefined, 2)}\n`;
  }

  get json(): string {
    this.#json ??= this.#describe();
    return this.#json;
  }
}
