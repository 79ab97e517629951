/** A definition as the adapter reads it: times in ms, 0 for "not removed". */
const DEFINITION = `json_object('kind', kind, 'title', title, 'description', description,
  'payloadSchema', json(payload_schema), 'defaults', json(defaults), 'disabled', disabled, 'removedAt', removed_at,
  'createdAt', created_at, 'updatedAt', updated_at)`;

module.exports = { DEFINITION };
