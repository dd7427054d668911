/** @template T @param {Record<string, T>} record @param {string} key @returns {Record<string, T>} */
export function without(record, key) {
    if (!(key in record)) return record;
    const { [key]: _gone, ...rest } = record;
    return rest;
}
