// A place as an operator types it: coordinates first, then the address in words.

export interface TypedPlace {
  lat: number;
  lon: number;
  address: string | null;
}

// Both with decimals: "25,67 -100,31" must not be read as a place 4,000 km away.
const PLACE = /^\s*([+-]?\d{1,2}\.\d+)\s*[,;\s]\s*([+-]?\d{1,3}\.\d+)(?:\s*[,;]\s*|\s+|$)(.*)$/s;

/** What was typed, or null where it names no place. */
export function placeTyped(text: string): TypedPlace | null {
  const found = PLACE.exec(text);
  if (found === null) return null;
  const lat = Number(found[1]);
  const lon = Number(found[2]);
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  return { lat, lon, address: found[3]!.trim() || null };
}
