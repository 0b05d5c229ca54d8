/** The OpenAPI document of the running application, made once. */
import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { describeApi } from './openapi.js';

@Injectable()
export class ApiDocument {
  #json = '';

  /** Called once every route is there. */
  describe(app: INestApplication): void {
    this.#json = `${JSON.stringify(describeApi(app), undefined, 2)}\n`;
  }

  get json(): string {
    return this.#json;
  }
}
