#pragma once

#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "inference/images/result_writer.hpp"

namespace adjoint {

struct EncodingSummary {
  Index images = 0;
  Shape code;  // of the last image
};

/// Hands the codes of all images to a writer, batch by batch. Collective: the summary is the same
/// at every rank, and the file is that of one process. Throws InputError like ImageSource and
/// ImageModel, or if the model has no latent layer, RunError like ResultWriter.
EncodingSummary encode_images(ImageModel& model, ImageSource& source, ResultWriter& writer,
                              Ranks& ranks = alone());

}  // namespace adjoint
