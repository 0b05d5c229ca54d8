/** Where the endpoints of AuthZEN are. */
import { Controller, Get, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Configuration } from '../config.js';
import { Public } from './caller.js';
import { Field } from './fields.js';
import { Reads } from './routes.js';

const url = (path: string) => ({ example: `https://members.example.com${path}` });
class MetadataAnswer {
  @Field.text(url('')) readonly policy_decision_point!: string;
  @Field.text(url('/access/v1/evaluation')) readonly access_evaluation_endpoint!: string;
  @Field.text(url('/access/v1/evaluations')) readonly access_evaluations_endpoint!: string;
  @Field.text(url('/access/v1/search/subject')) readonly search_subject_endpoint!: string;
  @Field.text(url('/access/v1/search/resource')) readonly search_resource_endpoint!: string;
  @Field.text(url('/access/v1/search/action')) readonly search_action_endpoint!: string;
}

@ApiTags('authzen')
@Public()
@Controller('.well-known')
export class AuthzenMetadataController {
  constructor(private readonly configuration: Configuration) {}

  @Get('authzen-configuration')
  @Reads({ summary: 'AuthZEN: where its endpoints are', answers: MetadataAnswer })
  authzenConfiguration(@Req() request: FastifyRequest): MetadataAnswer {
    const here = `${request.protocol}://${request.host}`;
    const base = this.configuration.value.publicUrl ?? here;
    return {
      policy_decision_point: base,
      access_evaluation_endpoint: `${base}/access/v1/evaluation`,
      access_evaluations_endpoint: `${base}/access/v1/evaluations`,
      search_subject_endpoint: `${base}/access/v1/search/subject`,
      search_resource_endpoint: `${base}/access/v1/search/resource`,
      search_action_endpoint: `${base}/access/v1/search/action`,
    };
  }
}
