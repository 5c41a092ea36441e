#include "train/program/open_images.hpp"

namespace adjoint {

double white_for(const ImageModel& model, std::optional<double> asked_for) {
  return asked_for.value_or(model.trained().data.white_level());
}

ImageSource open_images(const std::vector<std::string>& inputs, const ImageModel& model,
                        double white, ImageSource::Unreadable unreadable, Terminal& terminal) {
  ImageSource images(inputs, model.channels(), unreadable, white);
  for (const std::string& note : images.unread()) terminal.print(note);
  if (const auto warning = images.level_warning()) terminal.print("warning: " + *warning);
  return images;
}

ImageSource open_images(const Arguments& arguments, const ImageModel& model, Terminal& terminal,
                        ImageSource::Unreadable unreadable) {
  return open_images(arguments.texts("input"), model, white_for(model, arguments.white()),
                     arguments.has("strict") ? ImageSource::Unreadable::refuse : unreadable,
                     terminal);
}

}  // namespace adjoint
