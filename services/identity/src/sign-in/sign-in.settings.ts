import { SettingError } from '@voronka/service-kit';
import { z } from 'zod';
import { Groups } from './sign-in.groups.js';

const isAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname));
};
const isMapping = (text: string): boolean => {
  try {
    return Groups.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
};
const SCOPE = 'openid email profile';
const GROUPS_CLAIM = 'groups';
const address = z.string().refine(isAddress, 'give an https:// address');

/** The organisation's own sign-in, where it has one. */
export const settings = {
  OIDC_ISSUER: address.optional().meta({
    description: 'The organisation’s own sign-in (OpenID Connect). With it the next three are needed.',
    unset: 'none',
  }),
  OIDC_CLIENT_ID: z
    .string()
    .optional()
    .meta({ description: 'By which the provider knows this system.', unset: 'none' }),
  OIDC_CLIENT_SECRET: z
    .string()
    .optional()
    .meta({ description: 'The secret that goes with it.', secret: true, unset: 'none' }),
  OIDC_REDIRECT_URL: address.optional().meta({
    description: 'The page of the web app to which the provider sends people back.',
    unset: 'none',
  }),
  OIDC_SCOPE: z.string().default(SCOPE).meta({ description: 'What the provider is asked for.' }),
  OIDC_GROUPS_CLAIM: z.string().default(GROUPS_CLAIM).meta({ description: 'Where the groups stand in its answer.' }),
  OIDC_GROUPS: z
    .string()
    .refine(isMapping, 'give JSON such as {"sales": {"roleIds": ["<id of a role>"], "teamId": "<id of a team>"}}')
    .optional()
    .meta({
      description: 'What groups give, the most telling first: `{"sales": {"roleIds": ["…"], "teamId": "…"}}`.',
      unset: 'groups decide nothing',
    }),
  OIDC_CREATE_PEOPLE: z
    .enum(['true', 'false'], 'choose true or false')
    .default('false')
    .meta({ description: 'Whether who is not known is entered at his first sign-in; needs `OIDC_GROUPS`.' }),
};
export type GivenSettings = z.input<z.ZodObject<typeof settings>>;

export interface ProviderSettings {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUrl: URL;
  readonly scope: string;
  readonly groupsClaim: string;
  /** Null where groups decide nothing. */
  readonly groups: Groups | null;
  /** Whether who is not known here is entered at his first sign-in. */
  readonly createPeople: boolean;
}

/** Null where there is no provider. Throws `SettingError` where something is missing beside it. */
export function providerSettings(given: GivenSettings): ProviderSettings | null {
  const { OIDC_ISSUER: issuer, OIDC_CREATE_PEOPLE: createPeople, OIDC_GROUPS: groups } = given;
  if (issuer === undefined) return null;
  const needed = (name: 'OIDC_CLIENT_ID' | 'OIDC_CLIENT_SECRET' | 'OIDC_REDIRECT_URL') => {
    const value = given[name];
    if (value) return value;
    throw new SettingError(`${name} is not set: OIDC_ISSUER needs what the provider knows this system by.`);
  };
  if (createPeople === 'true' && groups === undefined)
    throw new SettingError('OIDC_GROUPS is not set: OIDC_CREATE_PEOPLE needs it to know what people may do.');
  return {
    issuer: new URL(issuer),
    clientId: needed('OIDC_CLIENT_ID'),
    clientSecret: needed('OIDC_CLIENT_SECRET'),
    redirectUrl: new URL(needed('OIDC_REDIRECT_URL')),
    scope: given.OIDC_SCOPE ?? SCOPE,
    groupsClaim: given.OIDC_GROUPS_CLAIM ?? GROUPS_CLAIM,
    groups: groups === undefined ? null : Groups.parse(JSON.parse(groups)),
    createPeople: createPeople === 'true',
  };
}
