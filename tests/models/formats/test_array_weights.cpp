// Weights alone as .npz and .h5, against NumPy and h5py.

#include "models/formats/array_weights.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "framework/storage/hdf5_file.hpp"
#include "framework/storage/npy_format.hpp"
#include "framework/storage/zip_archive.hpp"
#include "tests/datasets/files.hpp"
#include "tests/models/pytorch/python.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ArrayWeights : public testing::Test {
 protected:
  ArrayWeights() {
    Real next = 0;
    for (Parameter& parameter : model_.parameters())
      for (Real& value : parameter.value) value = next += Real{0.25};
    write_npz_weights(npz_, model_);
    write_hdf5_weights(h5_, model_);
  }
  static Model built() {
    return build(
        model_text("[4, 4, 1]", {"name = 'enc-1'\ntype = 'Conv2D'\nfilters = 2\nkernel_size = 3",
                                 "name = 'norm'\ntype = 'BatchNormalization'",
                                 "name = 'dec'\ntype = 'Conv2DTranspose'\ntied_to = "
                                 "'enc-1'\noutput_like = 'enc-1'"}));
  }
  void expect_weights(const std::string& path, const std::vector<ForeignWeight>& weights,
                      WeightMatch match, Real factor) {
    SCOPED_TRACE(path);
    Model copy = built();
    assign_weights(path, weights, WeightLayout::keras, match, copy);
    for (std::size_t p = 0; p < copy.parameters().size(); ++p) {
      const Tensor expected = model_.parameters()[p].value * factor;
      EXPECT_EQ(copy.parameters()[p].value, expected) << copy.parameters()[p].name;
    }
  }
  std::string refusal(const std::string& bytes) {
    const std::string path = (folder_ / "hostile.npz").string();
    write_zip(path, {{"w.npy", std::as_bytes(std::span(bytes))}});
    return error_of([&] { read_npz(path); });
  }

  TempFolder folder_;
  Model model_ = built();
  const std::string npz_ = (folder_ / "weights.npz").string();
  const std::string h5_ = (folder_ / "weights.h5").string();
};

TEST_F(ArrayWeights, ComeBackAsTheyWereWritten) {
  expect_weights(npz_, read_npz(npz_), WeightMatch::by_name, 1);
  expect_weights(npz_, read_npz(npz_), WeightMatch::by_order, 1);
  expect_weights(h5_, read_hdf5_arrays(h5_), WeightMatch::by_name, 1);
}

TEST_F(ArrayWeights, AreTheSameBytesEachTime) {
  const std::string npz = contents(npz_), h5 = contents(h5_);
  write_npz_weights(npz_, model_);
  write_hdf5_weights(h5_, model_);
  EXPECT_EQ(contents(npz_), npz);
  EXPECT_EQ(contents(h5_), h5);
}

TEST_F(ArrayWeights, AreReadByNumpyAndOfNumpy) {
  ADJOINT_NEEDS_TORCH();  // which comes with NumPy
  const ProgramRun run = run_python("../formats/check_arrays.py", {folder_.path().string()});
  const auto result = nlohmann::json::parse(run.out);
  for (const auto& [kind, arrays] : result.items()) {
    EXPECT_EQ(arrays.size(), model_.parameters().size()) << kind;
    for (const Parameter& parameter : model_.parameters()) {
      const Shape shape = shape_of(parameter.value);
      const double sum = std::accumulate(parameter.value.begin(), parameter.value.end(), 0.0);
      EXPECT_EQ(arrays.at(parameter.name),
                nlohmann::json({std::vector<Index>(shape.begin(), shape.end()), sum}));
    }
  }
  const std::string npz = (folder_ / "other.npz").string(), h5 = (folder_ / "other.h5").string();
  expect_weights(npz, read_npz(npz), WeightMatch::by_name, 2);
  expect_weights(npz, read_npz(npz), WeightMatch::by_order, 2);
  if (result.contains("h5")) expect_weights(h5, read_hdf5_arrays(h5), WeightMatch::by_name, 2);
}

TEST_F(ArrayWeights, AreRefusedWhereTheyAreNone) {
  EXPECT_THAT(refusal("no array"), AllOf(HasSubstr("hostile.npz:w.npy"), HasSubstr("not an .npy")));
  std::string lies = npy_bytes(view(model_.parameters()[0].value));
  lies.replace(lies.find("(3, 3, 1, 2)"), 12, "(9, 9, 9, 9)");
  EXPECT_THAT(refusal(lies), AllOf(HasSubstr("hostile.npz:w.npy"), HasSubstr("truncated")));
  EXPECT_THAT(refusal(npy_bytes(std::vector<std::string>{"text"})), HasSubstr("'<U4'"));
  const std::string path = (folder_ / "other.npz").string();
  write_zip(path, {{"readme.txt", {}}});
  EXPECT_THAT(error_of([&] { read_npz(path); }), HasSubstr("'readme.txt' is no array"));
  EXPECT_THAT(error_of([&] { read_npz(h5_); }), HasSubstr("no zip archive"));
  EXPECT_THAT(error_of([&] { read_hdf5_arrays(npz_); }), HasSubstr("weights.npz"));
}

// Zeros, packed a thousand to one.
TEST_F(ArrayWeights, AreRefusedWhereTheyExpandWithoutEnd) {
  ADJOINT_NEEDS_TORCH();  // which comes with NumPy
  const std::string path = (folder_ / "bomb.npz").string();
  ASSERT_EQ(run_program({python_with_torch(), "-c",
                         "import sys, numpy\n"
                         "numpy.savez_compressed(sys.argv[1], a=numpy.zeros(1 << 25, 'f4'))",
                         path})
                .status,
            0);
  EXPECT_THAT(error_of([&] { read_npz(path); }),
              AllOf(HasSubstr("bomb.npz"), HasSubstr("'a.npy' would expand")));
}

// A group that holds itself by a hard link.
TEST_F(ArrayWeights, AreRefusedWhereGroupsHaveNoEnd) {
  const std::string path = (folder_ / "cycle.h5").string();
  write_atomically(path, [](Hdf5File& file) {
    file.make_group("a");
    file.hard_link("a", "a/b");
  });
  EXPECT_THAT(error_of([&] { read_hdf5_arrays(path); }),
              AllOf(HasSubstr("cycle.h5"), HasSubstr("without end")));
}

}  // namespace
}  // namespace adjoint
