// What this device keeps of its own: commands on their way (ids, steps and times), and one sealed draft.

const NAME = "naranja";
const VERSION = 1;
export const OUTBOX = "outbox";
export const DRAFT = "draft";

/** The database of this device; `factory` is the browser's unless said otherwise. */
export function openDatabase(factory: IDBFactory = indexedDB): Promise<IDBDatabase> {
  const opening = factory.open(NAME, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(OUTBOX, { keyPath: "n", autoIncrement: true });
    opening.result.createObjectStore(DRAFT);
  };
  return asked(opening);
}

/** The result of one request. */
export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Change one store; returns once the change is on the disk. */
export function written<T>(
  database: IDBDatabase,
  store: string,
  change: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    const request = change(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Everything in one store, in the order of its keys. */
export function all<T>(database: IDBDatabase, store: string): Promise<T[]> {
  return asked<T[]>(database.transaction(store).objectStore(store).getAll());
}
