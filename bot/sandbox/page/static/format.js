/** Times and names as people read them. Times come as Unix seconds or as a `ts`. */

const LETTERS = 2;
const formats = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, made(zone, options));
  return formats.get(key);
}

function made(zone, options) {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone || "UTC", ...options });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  }
}

const date = (seconds) => new Date(Number(seconds) * 1000);

/** "22:41" in `zone`. */
export function clock(seconds, zone) {
  return format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date(seconds));
}

/** "31 Jan 2017" in `zone`. */
export function day(seconds, zone) {
  return format(zone, { day: "numeric", month: "short", year: "numeric" }).format(date(seconds));
}

/** "Tuesday 31 January 2017" in `zone`. */
export function longDay(seconds, zone) {
  return format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(date(seconds));
}

/** "Europe/Berlin" as "Berlin, 22:41", for choosing whom to be. */
export function zoneNow(zone, now) {
  return `${(zone || "UTC").split("/").pop().replaceAll("_", " ")}, ${clock(now, zone)}`;
}

/** "3 replies": a count with its noun. */
export function count(number, noun, nouns = `${noun}s`) {
  return `${number} ${number === 1 ? noun : nouns}`;
}

/** The letters on somebody's face. */
export function initials(name) {
  const words = (name || "?").split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? words[0][0] + words[1][0] : (words[0] || "?").slice(0, LETTERS);
  return letters.toUpperCase();
}

/** A name as Slack writes it: "Dora Night" becomes "dora-night". */
export function handle(name, longest) {
  const plain = name
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  return plain
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "")
    .slice(0, longest);
}

/** One of eight colours, always the same for the same id. */
export function colour(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % 8;
}

/** A message's stored text as its writer would type it again. */
export function typedAgain(text, people, channels) {
  return text
    .replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id) => `@${people.get(id)?.name ?? id}`)
    .replace(/<#([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id, name) => `#${name || channels.get(id)?.name || id}`)
    .replace(/<!([a-z]+)>/g, "@$1")
    .replace(/<([^<>|]+)(?:\|[^<>]*)?>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
