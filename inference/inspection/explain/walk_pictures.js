// What the page of one convolution draws: matrix, overlap, and the pictures of both sides.

// ---- Matrix and overlap -------------------------------------------------------------------------

function showMatrix() {
  const { g, conv } = model,
    pixels = g.rows.image * g.columns.image,
    features = stepCount();
  const rows = conv ? features : pixels,
    columns = conv ? pixels : features;
  const cell = Math.max(4, Math.min(24, Math.floor(430 / columns), Math.floor(680 / rows))),
    c = state.shownImage,
    f = state.shownFeature;
  const parts = [
    `<svg width="${columns * cell + 2}" height="${rows * cell + 2}" viewBox="-1 -1 ${columns * cell + 2} ${rows * cell + 2}" font-size="${Math.min(12, cell * 0.5)}">`,
  ];
  forEachMeeting(g, (fy, fx, y, x, ky, kx) => {
    const weight = model.kernel(ky, kx, c, f);
    if (weight === 0) return;
    const feature = fy * g.columns.features + fx,
      pixel = y * g.columns.image + x;
    const top = (conv ? feature : pixel) * cell,
      left = (conv ? pixel : feature) * cell;
    parts.push(`<rect class="entry" x="${left}" y="${top}" width="${cell}" height="${cell}"/>`);
    if (cell >= 12) parts.push(`<text x="${left + cell / 2}" y="${top + cell / 2}">${text(weight)}</text>`);
  });
  parts.push(`<rect class="frame" x="0" y="0" width="${columns * cell}" height="${rows * cell}"/>`);
  // The step is one feature: a row of A, a column of its transpose.
  parts.push(
    conv
      ? `<rect class="line" x="0" y="${state.step * cell}" width="${columns * cell}" height="${cell}"/>`
      : `<rect class="line" x="${state.step * cell}" y="0" width="${cell}" height="${rows * cell}"/>`,
  );
  byId("matrix").innerHTML = parts.join("") + "</svg>";
  byId("matrix").setAttribute("aria-label", `matrix of ${rows} rows and ${columns} columns`);
  const channels =
    state.imageChannels * state.featureChannels > 1
      ? ` This is the block of image channel ${c + 1} and feature channel ${f + 1}.`
      : "";
  byId("matrix-text").textContent =
    (conv
      ? `A has a row for each feature and a column for each pixel: features = A image. The marked row is this step's window, laid out along the image. Its transpose is the matrix of Conv2DTranspose, and of the gradient of this layer's input.`
      : `A\u1d40 has a row for each pixel and a column for each feature: image = A\u1d40 features. The marked column is this step's stamp. Its transpose A is the matrix of Conv2D, and of the gradient of this layer's input.`) +
    channels;
}

/// Kernel taps that pixels inside the image get, by their place in the stride.
function tapsByPlace(axis) {
  const taps = new Array(axis.stride).fill(0);
  for (let tap = 0; tap < axis.kernel; ++tap) taps[(tap * axis.dilation) % axis.stride] += 1;
  return taps;
}

function showOverlap() {
  const { g, overlap } = model,
    most = Math.max(...overlap.data);
  const size = Math.max(22, Math.min(36, Math.floor(520 / g.columns.image)));
  const grid = gridOf(
    model.conv ? "features that see each pixel" : "stamps that reach each pixel",
    g.rows.image,
    g.columns.image,
    size,
    (y, x) => ({ text: text(overlap.at(y, x, 0)) }),
  );
  grid.querySelectorAll(".cell").forEach((cell, i) => {
    cell.style.background = `rgba(var(--shade), ${(0.55 * overlap.data[i]) / Math.max(most, 1)})`;
  });
  byId("overlap").replaceChildren(grid);
  const places = [tapsByPlace(g.rows), tapsByPlace(g.columns)];
  const even = places.every((taps) => taps.every((count) => count === taps[0]));
  const strides = g.rows.stride > 1 || g.columns.stride > 1;
  byId("overlap-text").textContent = even
    ? "Inside the image every pixel is reached by as many taps of the kernel" +
      (strides ? ": its size is a multiple of the stride. Equal weights turn flat features into a flat image." : ".") +
      " Pixels near the border are reached by fewer."
    : `The kernel is no multiple of the stride: inside the image pixels are reached by ${places[0].join(" or ")} taps down and ${places[1].join(" or ")} across, by their place in the stride. Flat features then give an image with stripes or checks, unless training balances the weights (Odena et al. 2016).`;
}

// ---- Pictures -----------------------------------------------------------------------------------

/// Gray picture: rings and bars, or the caller's.
let picture = start.picture ? pictureOfBytes(start.picture) : drawnPicture(96, 96);

function pictureOfBytes({ width, height, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return { width, height, data: Float64Array.from(bytes, (b) => b / 255) };
}

function drawnPicture(width, height) {
  const data = new Float64Array(width * height);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const r = Math.hypot(x - width * 0.36, y - height * 0.42);
      const ring = r < width * 0.3 ? 0.5 + 0.45 * Math.cos(r / 2.6) : 0.55;
      const bar = x > width * 0.72 && x < width * 0.9 && y > height * 0.15 && y < height * 0.85 ? 0.15 : ring;
      data[y * width + x] = y > height * 0.86 ? x / width : bar;
    }
  }
  return { width, height, data };
}

function pictureKernel(kind, rows, columns) {
  const bell = (i, n) => Math.exp(-((i - (n - 1) / 2) ** 2) / (2 * (n / 4 + 0.2) ** 2));
  const weight = {
    box: () => 1,
    smooth: (y, x) => bell(y, rows) * bell(x, columns),
    edge: (y, x) => (x - (columns - 1) / 2) * bell(y, rows),
    numbers: (y, x) => model.kernel(y, x, 0, 0),
  }[kind];
  const kernel = plane(rows, columns, 1, weight);
  const total = kernel.data.reduce((sum, w) => sum + Math.abs(w), 0) || 1;
  kernel.data.forEach((w, i) => {
    kernel.data[i] = w / total;
  });
  return kernel;
}

/// The picture, A picture, and A^T A picture.
function thereAndBack() {
  const axis = (i) => ({
    kernel: state.kernel[i],
    stride: state.stride[i],
    dilation: state.dilation[i],
    padding: state.padding,
    outputPadding: null,
  });
  const rows = spanOf(axis(0), "conv", picture.height),
    columns = spanOf(axis(1), "conv", picture.width);
  if (rows.error || columns.error) return { error: rows.error ?? columns.error };
  const g = { rows, columns },
    kernel = pictureKernel(byId("picture-kernel").value, rows.kernel, columns.kernel);
  const features = new Float64Array(rows.features * columns.features),
    back = new Float64Array(picture.data.length),
    cover = new Float64Array(picture.data.length);
  forEachMeeting(g, (fy, fx, y, x, ky, kx) => {
    features[fy * columns.features + fx] += picture.data[y * picture.width + x] * kernel.at(ky, kx, 0);
  });
  forEachMeeting(g, (fy, fx, y, x, ky, kx) => {
    back[y * picture.width + x] += features[fy * columns.features + fx] * kernel.at(ky, kx, 0);
    cover[y * picture.width + x] += Math.abs(kernel.at(ky, kx, 0));
  });
  if (byId("even").checked)
    back.forEach((value, i) => {
      back[i] = cover[i] ? value / cover[i] : 0;
    });
  return {
    features: { width: columns.features, height: rows.features, data: features },
    back: { width: picture.width, height: picture.height, data: back },
  };
}

function canvasOf(shown, title) {
  let low = Infinity,
    high = -Infinity;
  for (const value of shown.data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low >= 0) low = 0;
  const canvas = element("canvas", { width: shown.width, height: shown.height });
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(shown.width, shown.height);
  shown.data.forEach((value, i) => {
    const gray = high > low ? (255 * (value - low)) / (high - low) : 0;
    pixels.data.set([gray, gray, gray, 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
  const zoom = Math.max(1, Math.floor(300 / Math.max(picture.width, picture.height)));
  canvas.style.width = `${shown.width * zoom}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  return element(
    "figure",
    {},
    canvas,
    element("figcaption", { textContent: `${title}: ${shown.height}\u00d7${shown.width}` }),
  );
}

function showPictures() {
  const result = thereAndBack();
  if (result.error) return byId("pictures").replaceChildren(element("p", { textContent: result.error }));
  byId("pictures").replaceChildren(
    canvasOf(picture, "picture"),
    canvasOf(result.features, "Conv2D"),
    canvasOf(result.back, "Conv2DTranspose of it"),
  );
}

async function openPicture(file) {
  const bitmap = await createImageBitmap(file),
    scale = Math.min(1, 192 / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale)),
    height = Math.max(1, Math.round(bitmap.height * scale));
  const context = element("canvas", { width, height }).getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  const rgba = context.getImageData(0, 0, width, height).data,
    data = new Float64Array(width * height);
  for (let i = 0; i < data.length; ++i)
    data[i] = (0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]) / 255;
  picture = { width, height, data };
  showPictures();
}
