/** Slack's date tokens and pickers: moments as the viewer's own zone shows them. */

const HALF_A_YEAR = 183 * 24 * 3600;
const made = new Map();

function format(zone, options) {
  const key = (zone || "") + JSON.stringify(options);
  if (!made.has(key)) made.set(key, safely(zone, options));
  return made.get(key);
}

function safely(zone, options) {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone || "UTC", ...options });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  }
}

const PARTS = {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  hourCycle: "h23",
};
const NAMES = { weekday: "long", month: "long" };
const SHORT = { month: "short" };

function parts(seconds, zone, options) {
  const found = format(zone, options).formatToParts(new Date(seconds * 1000));
  return Object.fromEntries(found.map(({ type, value }) => [type, value]));
}

function ordinal(day) {
  const teen = day % 100 > 10 && day % 100 < 14;
  return `${day}${(!teen && ["th", "st", "nd", "rd"][day % 10]) || "th"}`;
}

/** Which day it is, seen from `now`: "today", "yesterday", "tomorrow" or "". */
function near(seconds, now, zone) {
  const dayOf = (moment) => {
    const { year, month, day } = parts(moment, zone, PARTS);
    return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
  };
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[dayOf(seconds) - dayOf(now)] || "";
}

function ago(seconds, now) {
  const past = now - seconds;
  const span = Math.abs(past);
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, length] = units.find(([, size]) => span >= size) || units[3];
  const count = Math.floor(span / length);
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return past < 0 ? `in ${words}` : `${words} ago`;
}

function written(name, seconds, now, zone) {
  const { year, month, day, hour, minute, second } = parts(seconds, zone, PARTS);
  const names = parts(seconds, zone, NAMES);
  const short = parts(seconds, zone, SHORT).month.slice(0, 3);
  // Slack leaves the year out where nobody could take it for another.
  const its = (text) => (Math.abs(now - seconds) < HALF_A_YEAR ? text : `${text}, ${year}`);
  const pretty = (text) => near(seconds, now, zone) || text;
  const long = its(`${names.weekday}, ${names.month} ${ordinal(Number(day))}`);
  switch (name) {
    case "date_num": return `${year}-${month}-${day}`;
    case "date_slash": return `${month}/${day}/${year}`;
    case "date": return its(`${names.month} ${ordinal(Number(day))}`);
    case "date_pretty": return pretty(its(`${names.month} ${ordinal(Number(day))}`));
    case "date_short": return its(`${short} ${Number(day)}`);
    case "date_short_pretty": return pretty(its(`${short} ${Number(day)}`));
    case "date_long": return long;
    case "date_long_full": return `${names.weekday}, ${names.month} ${ordinal(Number(day))}, ${year}`;
    case "date_long_pretty": case "day_divider_pretty": return pretty(long);
    case "time": return `${hour}:${minute}`;
    case "time_secs": return `${hour}:${minute}:${second}`;
    case "ago": return ago(seconds, now);
    default: return null;
  }
}

/** A moment by Slack's format string, such as "{date_short_pretty} at {time}"; null if it names no format. */
export function dateText(pattern, seconds, now, zone) {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return null;
  let known = true;
  const text = pattern.replace(/\{(\w+)\}/g, (_, name) => {
    const words = written(name, seconds, now, zone);
    known &&= words !== null;
    return words;
  });
  return known ? text : null;
}

/** The whole moment, with its zone, for a tip: "Tuesday, January 31st, 2017 at 22:41:07 (Europe/Berlin)". */
export function fullMoment(seconds, zone) {
  return `${dateText("{date_long_full} at {time_secs}", seconds, seconds, zone)} (${zone || "UTC"})`;
}

/** Unix seconds as a datetime-local field shows them in `zone`: "2017-01-31T22:41". */
export function toLocal(seconds, zone) {
  const { year, month, day, hour, minute } = parts(seconds, zone, PARTS);
  return `${year.padStart(4, "0")}-${month}-${day}T${hour}:${minute}`;
}

/** What a datetime-local field says, meant in `zone`, as Unix seconds; null if it says nothing. */
export function fromLocal(text, zone) {
  const wanted = Date.parse(`${text}Z`) / 1000;
  if (!Number.isFinite(wanted)) return null;
  // Twice, for the first guess may lie on the other side of a change of clocks.
  let guess = wanted;
  for (let turn = 0; turn < 2; turn += 1) guess += wanted - Date.parse(`${toLocal(guess, zone)}Z`) / 1000;
  return guess;
}
