import { failMessage, sendMessage, type SendingDeps } from '../core/sending/send-message';
import { showTyping } from '../core/sending/show-typing';
import { settleUnknown } from '../core/sending/unconfirmed';
import { asActivities, currentAttempt } from './support';

interface MessageRef {
  tenantId: string;
  messageId: string;
}

export function createSendingActivities(deps: SendingDeps) {
  return asActivities({
    sendMessage: (ref: MessageRef) => sendMessage(deps, ref, currentAttempt().signal),
    showTyping: (turn: { tenantId: string; turnId: string }) => showTyping(deps, turn, currentAttempt().signal),
    settleUnknown: (message: MessageRef & { mayResend: boolean }) => settleUnknown(deps.db, message),
    failMessage: (failure: MessageRef & { code: string; message: string }) => failMessage(deps.db, failure),
  });
}

export type SendingActivities = ReturnType<typeof createSendingActivities>;
