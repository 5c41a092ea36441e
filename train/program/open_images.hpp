#pragma once

#include <string>
#include <vector>

#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"
#include "train/program/command.hpp"
#include "train/program/terminal.hpp"

namespace adjoint {

/// The stored number that means white in the images of a command: `asked_for` by --white, else the
/// data.white that the model was trained with; 0: as each file says.
double white_for(const ImageModel& model, std::optional<double> asked_for = {});

/// Opens the images that a command gives to a model, and prints what their folders hold beside them
/// and whether their values are far from [0, 1]. Throws InputError like ImageSource.
ImageSource open_images(const std::vector<std::string>& inputs, const ImageModel& model,
                        double white, ImageSource::Unreadable unreadable, Terminal& terminal);
/// Opens the arguments INPUT..., by --white; with --strict they refuse unreadable images.
ImageSource open_images(const Arguments& arguments, const ImageModel& model, Terminal& terminal,
                        ImageSource::Unreadable unreadable);

}  // namespace adjoint
