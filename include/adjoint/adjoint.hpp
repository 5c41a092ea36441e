#pragma once

// What most programs that embed Adjoint need: images in and out, models, training, and trained
// models. See also <adjoint/detection.hpp> and <adjoint/inspection.hpp>. Each header below can also
// be included alone, as <adjoint/framework/graph/model.hpp>.

// A trained model, on images of any size.
#include "inference/images/generation.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "inference/images/result_writer.hpp"

// Training from a config, and the run's folder.
#include "train/config.hpp"
#include "train/trainer.hpp"

// Images: files, arrays, sources, corruptions, and the loader of batches.
#include "datasets/corruption.hpp"
#include "datasets/data_spec.hpp"
#include "datasets/formats/array_file.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "datasets/loader.hpp"
#include "datasets/sources/synthetic_dataset.hpp"

// Models, from a config or layer by layer, and their training step by step.
#include "framework/graph/model.hpp"
#include "framework/graph/predictor.hpp"
#include "framework/graph/training_step.hpp"
#include "framework/layers/activity_regularization.hpp"
#include "framework/layers/add.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/dropout.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/mse.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/sgd.hpp"
#include "framework/storage/checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "models/model_spec.hpp"
