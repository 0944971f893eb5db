/** Refuses what a server would misread or cannot take. */
import { dialectOf } from './dialects.ts';
import { modelField } from './models.ts';
import { type DialectArgs, type Edit, filledFields, namesOf, routeOf } from './requests.ts';
import { OWN_FIELDS } from './wire.ts';

interface Fault {
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

export function check(args: DialectArgs | Edit): readonly Fault[] {
  return [...unnamedModel(args), ...ownFields(args), ...reservedTexts(args), ...extras(args)];
}

function unnamedModel({ model, settings }: DialectArgs): readonly Fault[] {
  const isNeeded = settings.api === 'chat' || dialectOf(settings.server).needsModel === true;
  if (!isNeeded || modelField(model, settings) !== undefined) return [];
  return [
    {
      field: 'model',
      message: 'this server requires a model name',
      hint: 'Pass model, or list models in the setting `models`.',
    },
  ];
}

function ownFields(args: DialectArgs | Edit): readonly Fault[] {
  const { body = {} } = args.options;
  const reserved = OWN_FIELDS.filter((name) => Object.hasOwn(body, name));
  // A second value would silently replace the request's own; `null` removes it explicitly.
  const filled = args.settings.api === 'chat' ? [] : filledFields(args);
  const duplicated = filled.filter((name) => Object.hasOwn(body, name) && body[name] !== null);
  const taken = new Set([...reserved, ...duplicated]);
  const files = body.response_format === 'file' ? ['response_format: "file"'] : [];
  return [...taken, ...files].map((name) => ({
    field: 'options.body',
    message: `options.body must not contain ${name}`,
    hint: 'Use the field of the request; for response_format use the setting `responseFormat`.',
  }));
}

function reservedTexts({ prompt, negativePrompt = '', settings }: DialectArgs): readonly Fault[] {
  if (settings.api === 'chat') return [];
  const { title, reserved = [] } = dialectOf(settings.server);
  const fields = Object.entries({ prompt, negativePrompt });
  return reserved.flatMap(({ text, meaning }) =>
    fields
      .filter(([, value]) => value.toLowerCase().includes(text))
      .map(([field]) => ({
        field,
        message: `${title} reads ${JSON.stringify(text)} in the ${field} as ${meaning}`,
        hint: `Leave ${JSON.stringify(text)} out of the ${field}.`,
      })),
  );
}

/** A card cannot express steps and guidance, so they are checked here. */
function extras(args: DialectArgs | Edit): readonly Fault[] {
  const { options, settings } = args;
  const { title } = dialectOf(settings.server);
  const names = namesOf(settings);
  const taken = 'inputs' in args && settings.api === 'images' ? routeOf(args).extras : undefined;
  const isTaken = (extra: 'steps' | 'guidance') =>
    settings.api === 'images' && names[extra] !== undefined && (taken === undefined || taken.includes(extra));
  return (['steps', 'guidance'] as const)
    .filter((extra) => options[extra] !== undefined && !isTaken(extra))
    .map((extra) => ({
      field: `options.${extra}`,
      message: `${settings.api === 'chat' ? 'chat completions have' : `${title} has`} no field for ${extra} here`,
      hint: 'Pass it under the server’s own name in options.body, or set `server` to the kind of server.',
    }));
}
