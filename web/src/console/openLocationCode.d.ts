// The package does not describe itself, and the description others made of it is of another version.
declare module "open-location-code" {
  export interface CodeArea {
    latitudeLo: number;
    longitudeLo: number;
    latitudeHi: number;
    longitudeHi: number;
    latitudeCenter: number;
    longitudeCenter: number;
  }
  export class OpenLocationCode {
    isShort(code: string): boolean;
    isFull(code: string): boolean;
    recoverNearest(code: string, latitude: number, longitude: number): string;
    decode(code: string): CodeArea;
  }
}
