// What the browser keeps for us from one visit to the next. Where it keeps nothing (storage is
// blocked, or full), the page does for as long as it is open.

const instead = new Map();

// Null where nothing is kept.
export function read(name) {
  if (instead.has(name)) return instead.get(name);
  try {
    return localStorage.getItem(name);
  } catch (error) {
    return null;
  }
}

// Null as the value takes it away.
export function write(name, value) {
  instead.delete(name);
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch (error) {
    instead.set(name, value);
  }
}
