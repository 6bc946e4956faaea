import { auditEntry } from '../clients/request.ts';
import type { ConfigurationFault } from '../config/faults.ts';
import { ConfigurationError } from '../config/faults.ts';
import type { IdentityProviders } from '../identity-providers/identity-providers.ts';
import type { DeclaredProvider } from '../identity-providers/provider-values.ts';
import type { AuditOf } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { startRequest } from './start-request.ts';

/**
 * Brings the identity providers of the operator's file into force, at every start. One that is taken out of the file stays, since
 * clients may name it: it is changed and deleted through a face. Another that has the name of one in the file gets a suffix, because
 * nobody but the operator may keep the server from starting.
 * @throws ConfigurationError naming every provider that did not get its name
 */
export async function declareIdentityProviders(
  deps: {
    readonly identityProviders: Pick<IdentityProviders, 'declare'>;
    readonly clock: Clock;
    readonly logger: Pick<Logger, 'warn'>;
  },
  declarations: readonly DeclaredProvider[],
): Promise<void> {
  const audit: AuditOf = (action, targetId) =>
    auditEntry(startRequest, deps.clock.now(), { action, targetId });
  const isDeclared = (provider: { readonly id: string }): boolean =>
    declarations.some(({ id }) => id === provider.id);
  const faults: ConfigurationFault[] = [];
  for (const provider of declarations) {
    const outcome = await deps.identityProviders.declare(provider, audit);
    if (outcome === 'taken') faults.push(faultOf(provider));
    else if (outcome.renamed && !isDeclared(outcome.renamed)) {
      const { id: identityProviderId, name } = outcome.renamed;
      deps.logger.warn(
        { identityProviderId, name, declared: provider.name },
        'an identity provider had the name of a declared one and was given another',
      );
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
}

function faultOf({ id }: DeclaredProvider): ConfigurationFault {
  const message = 'has a name that others keep taking; start again, or choose another name';
  return { where: `identity provider ${id}`, message };
}
