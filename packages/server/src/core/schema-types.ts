import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Schemas by the name of what they describe: an event or a stream. */
export interface SchemaMap {
  readonly [name: string]: StandardSchemaV1;
}

/** What a caller passes for this schema; `undefined` where there is none. */
export type SchemaInput<TSchema> = TSchema extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<TSchema>
  : undefined;

/** What the schema parses it to; `undefined` where there is none. */
export type SchemaOutput<TSchema> = TSchema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<TSchema>
  : undefined;

/** What becomes of a function's result: as its `output` schema parses it, else the result itself. */
export type ParsedResult<TSchema, TResult> = TSchema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<TSchema>
  : TResult;
