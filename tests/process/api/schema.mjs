/*
 * schema.mjs - checks a value against the part of JSON Schema (2020-12) that api/openapi.yaml uses.
 *
 *   const errors = checkSchema(document, schema, value);     [] or ['/items/0/name: ...']
 *
 * A keyword that is not known here is an error of the schema, and thrown.
 */
const TYPES = {
  object: (v) => v !== null && typeof v === 'object' && !Array.isArray(v),
  array: Array.isArray,
  string: (v) => typeof v === 'string',
  number: (v) => typeof v === 'number',
  integer: Number.isInteger,
  boolean: (v) => typeof v === 'boolean',
  null: (v) => v === null,
};

/** Follows "#/components/...". */
export function resolve(document, node) {
  while (node?.$ref) {
    const found = node.$ref.slice(2).split('/').reduce((at, part) => at?.[part], document);
    if (!found) throw new Error(`no such $ref: ${node.$ref}`);
    node = found;
  }
  return node;
}

const CHECKS = {
  type: (v, type) => [type].flat().some((name) => TYPES[name](v)) || `is no ${type}`,
  enum: (v, values) => values.includes(v) || `is none of ${values}`,
  minimum: (v, least) => !TYPES.number(v) || v >= least || `is below ${least}`,
  maximum: (v, most) => !TYPES.number(v) || v <= most || `is above ${most}`,
  minLength: (v, least) => !TYPES.string(v) || [...v].length >= least || 'is too short',
  maxLength: (v, most) => !TYPES.string(v) || [...v].length <= most || 'is too long',
  maxItems: (v, most) => !TYPES.array(v) || v.length <= most || 'has too many items',
  pattern: (v, pattern) => !TYPES.string(v) || new RegExp(pattern, 'u').test(v) || `does not match ${pattern}`,
  format: (v, format) => format === 'date-time' && (!TYPES.string(v) || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(v) || 'is no time'),
  required: (v, names) => !TYPES.object(v) || names.every((name) => name in v) || `lacks ${names.filter((name) => !(name in v))}`,
};

const NESTED = new Set(['$ref', 'properties', 'additionalProperties', 'propertyNames', 'items', 'oneOf', 'description', 'default', 'title']);

export function checkSchema(document, schema, value, at = '') {
  const errors = [];
  for (const [keyword, expected] of Object.entries(schema)) {
    if (NESTED.has(keyword)) continue;
    if (!CHECKS[keyword]) throw new Error(`not known here: ${keyword}`);
    const result = CHECKS[keyword](value, expected);
    if (result !== true) errors.push(`${at}: ${JSON.stringify(value)?.slice(0, 80)} ${result}`);
  }
  if (schema.$ref) errors.push(...checkSchema(document, resolve(document, schema), value, at));
  if (schema.oneOf && schema.oneOf.filter((one) => !checkSchema(document, one, value, at).length).length !== 1)
    errors.push(`${at}: fits not exactly one of: ${schema.oneOf.flatMap((one) => checkSchema(document, one, value, at))}`);
  if (schema.items && TYPES.array(value))
    value.forEach((item, i) => errors.push(...checkSchema(document, schema.items, item, `${at}/${i}`)));
  if (TYPES.object(value)) {
    for (const [name, one] of Object.entries(value)) {
      const property = schema.properties?.[name];
      if (property) errors.push(...checkSchema(document, property, one, `${at}/${name}`));
      else if (schema.additionalProperties === false) errors.push(`${at}/${name}: is not documented`);
      else if (schema.additionalProperties) errors.push(...checkSchema(document, schema.additionalProperties, one, `${at}/${name}`));
      if (schema.propertyNames) errors.push(...checkSchema(document, schema.propertyNames, name, `${at}/${name}`));
    }
  }
  return errors;
}
