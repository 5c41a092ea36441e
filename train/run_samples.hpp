#pragma once

#include <map>

#include "inference/images/image_model.hpp"
#include "inference/report/page.hpp"
#include "inference/report/page_picture.hpp"
#include "train/run_summary.hpp"

namespace adjoint {

/// What the model makes of validation images: the pictures of a run's epochs; of signals, which are
/// images one pixel high, the curves of input, output and target with the weights of `model`. It
/// may be null: then signals are shown as pictures, too.
void add_samples(Page& page, const RunSummary& run, ImageModel* model, ThreadPool& pool);

/// The codes of validation images in the plane of their first two principal components; nothing for
/// a model without a latent layer. Throws InputError where the images are not to be had.
void add_latent_space(Page& page, ImageModel& model, ThreadPool& pool);

/// Pictures of epochs as they stand in a page.
using EpochPictures = std::map<Index, PagePicture>;
/// The pictures of a run's epochs alone; those that `read` lacks are read and put there.
void add_epoch_pictures(Page& page, const RunSummary& run, EpochPictures& read);

/// The picture of the run's best epoch, else of its last one; nothing if there is none.
std::optional<std::filesystem::path> best_picture(const RunSummary& run);
/// "input, output, target" or "output, target".
std::vector<std::string> picture_columns(const RunSummary& run);

}  // namespace adjoint
