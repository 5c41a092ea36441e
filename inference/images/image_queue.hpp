#pragma once

#include <exception>
#include <string>
#include <vector>

#include "framework/parallel/thread_pool.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Images and what a model made of them, kept until there are enough for all threads to work on
/// them, each thread on an image of its own.
class ImageQueue {
 public:
  struct Image {
    Index number = 0;
    std::string name;
    Tensor pixels, output;  // (height, width, channels)
  };
  explicit ImageQueue(ThreadPool& pool) : pool_(pool) {}

  void add(Image image) {
    elements_ += static_cast<Index>(image.pixels.size() + image.output.size());
    images_.push_back(std::move(image));
  }
  /// Whether it is time for run().
  bool is_full() const {
    return static_cast<Index>(images_.size()) >= kImagesOfAThread * pool_.size() ||
           elements_ > kMostElements;
  }
  /// Calls work(image) for all, on all threads, then keep(image, what it returned) for each in
  /// order, and is empty. Rethrows the exception of the first image in order that has one.
  template <class Work, class Keep>
  void run(Work work, Keep keep) {
    using Result = decltype(work(images_[0]));
    std::vector<Result> results(images_.size());
    std::vector<std::exception_ptr> failures(images_.size());
    pool_.run(static_cast<Index>(images_.size()), [&](Index i, int) {
      const auto at = static_cast<std::size_t>(i);
      try {
        results[at] = work(images_[at]);
      } catch (...) {
        failures[at] = std::current_exception();
      }
    });
    for (std::size_t i = 0; i < images_.size(); ++i) {
      if (failures[i]) std::rethrow_exception(failures[i]);
      keep(images_[i], std::move(results[i]));
    }
    images_.clear();
    elements_ = 0;
  }

 private:
  static constexpr Index kImagesOfAThread = 4;
  static constexpr Index kMostElements = Index{1} << 23;

  ThreadPool& pool_;
  std::vector<Image> images_;
  Index elements_ = 0;
};

}  // namespace adjoint
