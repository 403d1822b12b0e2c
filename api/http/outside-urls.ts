import { AppError, isAppError } from '../../core/errors';
import { createPrivateHostRule, hostOf, parseGuardedUrl, refuseHost } from '../../core/media/url-guard';

export interface OutsideUrls {
  /** The URL, if a stranger may make us call it. @throws AppError URL_FORBIDDEN naming the field. */
  check(field: string, url: string): URL;
}

/**
 * The guard for addresses in requests. It refuses what can be refused without a name look-up, so that the caller hears of
 * it now; the connection itself is guarded again when it is made.
 */
export function outsideUrls(allowedPrivateHosts: readonly string[]): OutsideUrls {
  const isNamedByOperator = createPrivateHostRule(allowedPrivateHosts);
  return {
    check(field, url) {
      try {
        const parsed = parseGuardedUrl(url, isNamedByOperator);
        // RFC 6761: these names are this machine, whatever a resolver says.
        const isThisMachine = /(^|\.)localhost$/.test(hostOf(parsed));
        if (isThisMachine && !isNamedByOperator(parsed)) throw refuseHost(hostOf(parsed), 'is this machine');
        return parsed;
      } catch (error) {
        if (!isAppError(error, 'URL_FORBIDDEN')) throw error;
        const fields = [{ field, message: error.message }];
        throw new AppError('URL_FORBIDDEN', error.message, { fields, cause: error });
      }
    },
  };
}
