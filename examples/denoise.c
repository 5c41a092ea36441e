/* Adjoint inside a C program: cleans a gray image with a trained model.

       denoise checkpoint.h5 noisy.pgm clean.pgm

   Without CMake: cc denoise.c $(pkg-config --cflags --libs adjoint) -o denoise */
#include <adjoint/adjoint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Image {
  int width, height;
  float* pixels; /* 0 is black, 1 white */
} Image;

/* Reads a binary PGM of 8 bits. The caller frees its pixels; NULL if it cannot be read. */
static Image read_pgm(const char* path) {
  Image image = {0, 0, NULL};
  FILE* file = fopen(path, "rb");
  if (!file) return image;
  int white = 0;
  if (fscanf(file, "P5 %d %d %d", &image.width, &image.height, &white) == 3 && white == 255 &&
      image.width > 0 && image.height > 0 && fgetc(file) != EOF) {
    const size_t count = (size_t)image.width * (size_t)image.height;
    image.pixels = malloc(count * sizeof(float));
    for (size_t i = 0; image.pixels && i < count; ++i)
      image.pixels[i] = (float)fgetc(file) / 255.0f;
  }
  fclose(file);
  return image;
}

static int write_pgm(const char* path, const Image* image) {
  FILE* file = fopen(path, "wb");
  if (!file) return 0;
  fprintf(file, "P5\n%d %d\n255\n", image->width, image->height);
  for (size_t i = 0; i < (size_t)image->width * (size_t)image->height; ++i) {
    const float x = image->pixels[i];
    fputc(x <= 0 ? 0 : x >= 1 ? 255 : (int)(x * 255 + 0.5f), file);
  }
  return fclose(file) == 0;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: denoise checkpoint.h5 noisy.pgm clean.pgm\n");
    return 2;
  }
  const Image noisy = read_pgm(argv[2]);
  if (!noisy.pixels) {
    fprintf(stderr, "%s: expected a binary PGM file of 8 bits\n", argv[2]);
    return 2;
  }
  const int64_t shape[4] = {1, noisy.height, noisy.width, 1};
  const size_t count = (size_t)noisy.width * (size_t)noisy.height;
  Image clean = {noisy.width, noisy.height, malloc(count * sizeof(float))};
  adjoint_model* model = NULL;
  int status = adjoint_load(argv[1], NULL, &model);
  if (status == ADJOINT_OK)
    status = adjoint_denoise(model, noisy.pixels, shape, clean.pixels, count);
  if (status != ADJOINT_OK) {
    fprintf(stderr, "%s\n", adjoint_last_error());
  } else if (!write_pgm(argv[3], &clean)) {
    fprintf(stderr, "%s: cannot be written\n", argv[3]);
    status = ADJOINT_RUN_ERROR;
  }
  adjoint_free(model);
  free(noisy.pixels);
  free(clean.pixels);
  return status;
}
