/** What to say when an act came to nothing. */

/** Words for a person about `what` ("/incident"), or "" if it was taken. */
export function failure(store, what, done) {
  if (done.failure === "operation_timeout") return `${what} failed: ${store.app} did not answer in time.`;
  if (done.failure) return `${what} failed: ${store.app} gave no answer that Slack accepts (${done.failure}).`;
  if (!done.ok) return `${what} failed: ${sentence(done.error || "nothing more is known")}`;
  return "";
}

function sentence(text) {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
