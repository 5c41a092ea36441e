/* Trained Adjoint models in a C program, or in any language that calls C.

       adjoint_model *model;
       int64_t shape[4] = {1, height, width, 1};
       if (adjoint_load("runs/denoiser/best.h5", NULL, &model) != ADJOINT_OK ||
           adjoint_denoise(model, noisy, shape, clean, height * width) != ADJOINT_OK)
         fprintf(stderr, "%s\n", adjoint_last_error());
       adjoint_free(model);

   Link with `pkg-config --cflags --libs adjoint`, or the CMake target adjoint::c.

   Images are float arrays of the shape {count, height, width, channels}, the last axis innermost,
   with values in [0, 1]. They are read where they are. The caller owns every array; where the size
   of a result is not plain, the caller says how many elements its array has room for. No function
   prints, and no exception leaves one. A model has threads of its own; several threads of the
   caller may use one model, and take turns. */
#ifndef ADJOINT_H
#define ADJOINT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when a function changes or goes, and is the number in the library's name, libadjoint.so.1.
   New functions alone do not change it. */
#define ADJOINT_ABI_VERSION 1
int adjoint_abi_version(void);     /* of the library that is loaded */
const char* adjoint_version(void); /* "0.1.0" */

typedef int32_t adjoint_status;
#define ADJOINT_OK 0
#define ADJOINT_RUN_ERROR 1      /* something failed while running, such as too little memory */
#define ADJOINT_INPUT_ERROR 2    /* bad input: an argument, a file, images that do not fit */
#define ADJOINT_INTERNAL_ERROR 3 /* a mistake of Adjoint's own */

/* What went wrong in this thread's last call, where, what was expected and what to do; "" after
   ADJOINT_OK. Valid until this thread's next call. */
const char* adjoint_last_error(void);
/* What the user should know although the call succeeded, such as pixel values far from [0, 1]; ""
   if nothing. Valid until this thread's next call. */
const char* adjoint_last_warning(void);

typedef struct adjoint_model adjoint_model;

/* Fields that are 0 mean the default. */
typedef struct adjoint_options {
  uint32_t struct_size; /* sizeof(adjoint_options), so that later versions may add fields */
  int32_t threads;      /* 0: one for each processor. The results' bits do not depend on it. */
  uint64_t max_memory;  /* bytes of activations; larger images run in tiles. 0: 1 GiB. */
} adjoint_options;

/* Loads a checkpoint, the folder of its run (then best.h5), or a model of Keras or ONNX. `options`
   may be NULL. Sets *model, to NULL on failure; release it with adjoint_free(). */
adjoint_status adjoint_load(const char* path, const adjoint_options* options,
                            adjoint_model** model);
void adjoint_free(adjoint_model* model); /* NULL is allowed */

/* The model's input {height, width, channels}; 0 means any. */
adjoint_status adjoint_input_shape(const adjoint_model* model, int64_t shape[3]);
/* The shape that adjoint_denoise() gives for images of `shape`: the same, or larger if the model
   enlarges images. */
adjoint_status adjoint_output_shape(const adjoint_model* model, const int64_t shape[4],
                                    int64_t output[4]);

/* Runs images of any size through the model: denoises, restores, enlarges or reconstructs them,
   whatever it was trained for. A gray model takes the channels of a colour image one by one.
   `outputs` has room for `room` elements: the product of adjoint_output_shape(), at least. It may
   not overlap `images`. */
adjoint_status adjoint_denoise(adjoint_model* model, const float* images, const int64_t shape[4],
                               float* outputs, size_t room);

/* The shape of the latent code of one image of that size: *axes extents in `code`. */
#define ADJOINT_MAX_AXES 5
adjoint_status adjoint_code_shape(const adjoint_model* model, int64_t height, int64_t width,
                                  int64_t code[ADJOINT_MAX_AXES], int* axes);
/* Latent codes of images, count times the code's shape. */
adjoint_status adjoint_encode(adjoint_model* model, const float* images, const int64_t shape[4],
                              float* codes, size_t room);
/* The images, of `shape`, of shape[0] latent codes of `elements` numbers in all. */
adjoint_status adjoint_decode(adjoint_model* model, const float* codes, size_t elements,
                              const int64_t shape[4], float* images, size_t room);

/* Scores images by how badly the model reconstructs them. Each array may be NULL:
     scores      {count}                 NaN for an image whose values are not finite
     flags       {count}                 1 where the score is above the threshold or NaN, else 0
     error_maps  {count, height, width}  the residual of each pixel
   The threshold is that of the model's calibration, which is kept beside the checkpoint; the first
   call makes it from the images that training held out, if there is none. */
adjoint_status adjoint_detect(adjoint_model* model, const float* images, const int64_t shape[4],
                              double* scores, uint8_t* flags, float* error_maps);
adjoint_status adjoint_threshold(adjoint_model* model, double* threshold);

#ifdef __cplusplus
}
#endif

#endif
