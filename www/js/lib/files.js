/** What can be said of an uploaded file without looking into it: addresses, kinds, sizes, words. Pure. */

/** A browser does not get through larger pictures in good order. */
const PIXELS_MOST = 50e6;
/** An original of this size is shown in place of a thumbnail, where there is none. */
const ORIGINAL_MOST = 512 * 1024;
/** Moving pictures are shown as they are up to this size. */
const MOVING_MOST = 4 * 1024 * 1024;

/** Of what the server sends to be shown (PROTOCOL, "Files"). */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
const AUDIO = new Set(['audio/mpeg', 'audio/ogg', 'audio/mp4', 'audio/x-m4a', 'audio/wav', 'audio/x-wav', 'audio/flac', 'audio/aac']);
const VIDEO = new Set(['video/mp4', 'video/webm', 'video/ogg']);

/** @typedef {import('../types.js').FileInfo} FileInfo */

/** @param {FileInfo} file @param {'' | 'thumbnail' | 'download'} [what] */
export function fileUrl(file, what = '') {
    const path = `/api/files/${encodeURIComponent(file.id)}`;
    return what === 'thumbnail' ? `${path}/thumbnail` : what === 'download' ? `${path}?download=true` : path;
}

/** Where the picture in a message comes from; '' if it is not to be shown. @param {FileInfo} file */
export function pictureUrl(file) {
    if (!IMAGES.has(file.type) || !file.width || !file.height) return '';
    if (file.type === 'image/gif' && file.size <= MOVING_MOST && file.width * file.height <= PIXELS_MOST) return fileUrl(file);
    if (file.thumbnail) return fileUrl(file, 'thumbnail');
    return file.size <= ORIGINAL_MOST && file.width * file.height <= PIXELS_MOST ? fileUrl(file) : '';
}

/** Where the large picture comes from. @param {FileInfo} file */
export function largeUrl(file) {
    return (file.width ?? 0) * (file.height ?? 0) <= PIXELS_MOST ? fileUrl(file) : pictureUrl(file);
}

/** @param {FileInfo} file @returns {'picture' | 'video' | 'audio' | 'other'} */
export function kindOf(file) {
    if (pictureUrl(file)) return 'picture';
    return VIDEO.has(file.type) ? 'video' : AUDIO.has(file.type) ? 'audio' : 'other';
}

/** The size that a picture is shown at: within a box, never larger than it is. @param {number} width @param {number} height @param {number} boxWidth @param {number} boxHeight */
export function fit(width, height, boxWidth, boxHeight) {
    const scale = Math.min(1, boxWidth / width, boxHeight / height);
    return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** @param {number} bytes */
export function sizeWords(bytes) {
    if (bytes < 1000) return `${bytes} B`;
    const units = ['kB', 'MB', 'GB', 'TB'];
    let value = bytes;
    let unit = -1;
    do {
        value /= 1000;
        unit += 1;
    } while (value >= 999.5 && unit < units.length - 1);
    return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A few capital letters for what it is: its ending, or its type. @param {FileInfo} file */
export function kindWords(file) {
    const ending = /\.([A-Za-z0-9]{1,5})$/.exec(file.name)?.[1];
    return (ending ?? file.type.split('/').pop()?.replace(/^x-|[+.].*$/g, '').slice(0, 8) ?? '').toUpperCase();
}

/** What a list of rooms says of a message without words. @param {FileInfo[]} files */
export function filesWords(files) {
    const [first] = files;
    const pictures = files.filter((file) => kindOf(file) === 'picture').length;
    if (files.length === 1) return pictures ? 'Picture' : first.name;
    return pictures === files.length ? `${pictures} pictures` : `${files.length} files`;
}
