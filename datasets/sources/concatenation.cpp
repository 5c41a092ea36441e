#include "datasets/sources/concatenation.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {

void PartsSource::keys(Keys& key) {
  key.tables("part", parts, "one of several data sources, joined in order");
}

DatasetPtr PartsSource::open(const SourcePlace& place) const {
  if (parts.empty()) {
    throw InputError("data.source = \"parts\" needs parts: give a table [[data.part]] for each");
  }
  std::vector<DatasetPtr> opened;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    SourcePlace at = place;
    at.path = parts[i].path;
    at.seed += i * 0x9E3779B97F4A7C15;  // each part has random numbers of its own
    at.cache_mb /= static_cast<Index>(parts.size());
    opened.push_back(parts[i].open(at));
  }
  return std::make_shared<Concatenation>(std::move(opened));
}

Concatenation::Concatenation(std::vector<DatasetPtr> parts) : parts_(std::move(parts)) {
  if (parts_.empty()) throw InputError("there are no parts");
  Index end = 0;
  bool named = false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Dataset& part = *parts_[i];
    if (!(part.shape() == shape())) {
      throw InputError(
          "data.part[{}] gives images of {}, data.part[1] of {}; bring them to one "
          "shape with the keys of their sources",
          i + 1, to_string(part.shape()), to_string(shape()));
    }
    if (part.group() != group()) {
      throw InputError(
          "data.part[{}] gives {} patches of an image, data.part[1] {}; give both the "
          "same patches_per_image",
          i + 1, part.group(), group());
    }
    ends_.push_back(end += part.size());
    named = named || !part.label_names().empty();
  }
  if (!named) return;
  for (const DatasetPtr& part : parts_) {
    const std::vector<std::string> names = part->label_names();
    for (Index index = 0; index < part->size(); index += part->group()) {
      const Index label = part->label(index);
      if (label == kNoLabel) continue;
      const std::string name = label_text(label, names);
      if (std::ranges::find(label_names_, name) == label_names_.end()) label_names_.push_back(name);
    }
  }
  std::ranges::sort(label_names_);
}

Concatenation::Place Concatenation::place_of(Index index) const {
  const auto end = std::ranges::upper_bound(ends_, index);
  const auto part = static_cast<std::size_t>(end - ends_.begin());
  return {part, index - (part == 0 ? 0 : ends_[part - 1])};
}

void Concatenation::read(Index index, std::uint32_t epoch, View sample) const {
  const Place place = place_of(index);
  parts_[place.part]->read(place.index, epoch, sample);
}

Tensor Concatenation::whole(Index index) const {
  const Place place = place_of(index);
  return parts_[place.part]->whole(place.index);
}

std::string Concatenation::image_name(Index index) const {
  const Place place = place_of(index);
  return parts_[place.part]->image_name(place.index);
}

bool Concatenation::paired() const {
  return std::ranges::any_of(parts_, [](const DatasetPtr& part) { return part->paired(); });
}

void Concatenation::read_input(Index index, std::uint32_t epoch, View input) const {
  const Place place = place_of(index);
  parts_[place.part]->read_input(place.index, epoch, input);
}

Index Concatenation::blocks_at_once() const {
  Index sum = 0;
  for (const DatasetPtr& part : parts_) sum += part->blocks_at_once();
  return sum;
}

Index Concatenation::block(Index index) const {
  const Place place = place_of(index);
  return index - place.index + parts_[place.part]->block(place.index);
}

Index Concatenation::label(Index index) const {
  const Place place = place_of(index);
  const Dataset& part = *parts_[place.part];
  const Index label = part.label(place.index);
  if (label == kNoLabel || label_names_.empty()) return label;
  const auto found = std::ranges::find(label_names_, label_text(label, part.label_names()));
  return found - label_names_.begin();
}

}  // namespace adjoint
