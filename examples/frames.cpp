// A trained model in a loop over frames of one size that allocates nothing: buffers of the
// caller's own, from a file to a file.
//
//     frames checkpoint.h5 in.npy out.npy    (count, height, width, channels), pixels in [0, 1]

#include <adjoint/adjoint.hpp>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> allocations{0};

}  // namespace

// Counted, to show that the loop makes none.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace adjoint;

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "usage: frames checkpoint.h5 in.npy out.npy\n");
    return 2;
  }
  const TrainedModel trained = TrainedModel::load(argv[1]);
  const Normalization& normalization = trained.normalization;
  const Tensor frames = read_array(ArrayPlace::parse(argv[2]));
  const Shape frame = shape_of(frames).sample();

  ThreadPool pool;
  // oneDNN, the first choice for many channels, allocates inside; this engine does not.
  Predictor predictor(trained.model,
                      {.input = frame, .batch = 1, .convolution = {.engine = "gemm"}}, pool);
  const Shape result = predictor.output_shape();
  Tensor results = make_tensor(result.batched(shape_of(frames)[0]));
  Tensor buffer = make_tensor(frame.batched(1));  // the caller's own: a camera's, say

  long in_loop = 0;
  for (Index i = 0; i < shape_of(frames)[0]; ++i) {
    const ConstView source = view(frames).slice(i, 1);
    std::copy_n(source.data, source.size(), buffer.data());
    const View out = view(results).slice(i, 1);
    const long before = allocations;
    const Contrast contrast = normalization.contrast(view(std::as_const(buffer)));
    normalization.apply(contrast, view(buffer));
    predictor.run(view(std::as_const(buffer)), out);
    normalization.undo(contrast, out);
    if (i > 0) in_loop += allocations - before;  // the first frame may still set up a library
  }
  write_npy(argv[3], view(std::as_const(results)));
  std::printf("%lld frames of %s, %ld allocations in the loop\n",
              static_cast<long long>(shape_of(frames)[0]), to_string(frame).c_str(), in_loop);
  return in_loop == 0 ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "frames: %s\n", error.what());
  return 1;
}
