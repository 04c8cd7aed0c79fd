/** What the message box offers while somebody types, from the words before the cursor. */

const MOST = 8;
const SHORTEST = 2;

/**
 * Choices `{text, help, put, from, eager}`: `put` replaces what stands from `from` to the cursor,
 * and Enter takes an eager choice, where sending could not be meant.
 */
export function offers(store, before, place) {
  if (/^\/[^\n]*$/.test(before)) {
    const found = place.thread ? [] : commands(store, before.toLowerCase());
    if (found.length || !before.includes(" ")) return found;
  }
  const name = /(^|\s)([@#])([\w.-]*)$/.exec(before);
  if (name) return named(store, name[2], name[3].toLowerCase(), before.length - name[3].length - 1);
  return before.startsWith("/") ? [] : words(store, before);
}

/** How the command that is being typed goes on, or "". */
export function usageOf(store, text) {
  const found = store.commands.filter((each) => text.startsWith(`${each.command} `));
  const nearest = found.sort((a, b) => b.command.length - a.command.length)[0];
  return nearest ? `${[nearest.command, nearest.usage].filter(Boolean).join(" ")} · ${nearest.help}` : "";
}

/** Whether `word` ("/incident") begins a command of this workspace. */
export function isCommand(store, word) {
  return store.commands.some((each) => each.command.split(" ")[0] === word);
}

/** The text before the cursor once `choice` is taken. */
export function complete(before, choice) {
  return before.slice(0, choice.from) + choice.put;
}

function commands(store, start) {
  return store.commands
    .filter((each) => each.command.startsWith(start) && each.command !== start.trimEnd())
    .map((each) => ({
      text: [each.command, each.usage].filter(Boolean).join(" "),
      help: each.help,
      put: `${each.command} `,
      from: 0,
      eager: !isCommand(store, start.split(" ")[0]),
    }));
}

function words(store, before) {
  const start = before.toLowerCase();
  if (start.length < SHORTEST || start.includes(":") || start.includes("\n")) return [];
  return store.words
    .filter(({ word, also }) => [word, ...names(also)].some((each) => each.toLowerCase().startsWith(start)))
    .slice(0, MOST)
    .map(({ word, help }) => ({ text: `${word}:`, help, put: `${word}: `, from: 0 }));
}

/** `also` may be a list or a line with commas. */
function names(also) {
  if (!also) return [];
  return Array.isArray(also) ? also : also.split(/,\s*/);
}

function named(store, mark, start, from) {
  return mark === "@" ? people(store, start, from) : channels(store, start, from);
}

function people(store, start, from) {
  return [...store.people.values()]
    .filter(
      (each) => !each.deleted && [each.name, each.real_name].some((name) => name?.toLowerCase().startsWith(start)),
    )
    .slice(0, MOST)
    .map((each) => ({
      text: `@${each.name}`,
      help: each.real_name,
      put: `@${each.name} `,
      from,
      eager: each.name.toLowerCase() !== start,
    }));
}

function channels(store, start, from) {
  return [...store.channels.values()]
    .filter((each) => each.kind === "channel" && each.name.includes(start))
    .slice(0, MOST)
    .map((each) => ({
      text: `#${each.name}`,
      help: each.topic,
      put: `#${each.name} `,
      from,
      eager: each.name !== start,
    }));
}
