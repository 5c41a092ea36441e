#include "train/detect/ground_truth.hpp"

#include <gmock/gmock.h>

#include "datasets/csv.hpp"
#include "datasets/image_file.hpp"
#include "datasets/npy.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class GroundTruth : public testing::Test {
 protected:
  TempFolder folder_;
};

TEST_F(GroundTruth, ReadsLabelsByName) {
  folder_.write("labels.csv", "name,label\na.png, good\n\"b\",crack\nc.png,0,more\n");
  const ImageLabels labels(folder_ / "labels.csv", {"good", "0"});
  EXPECT_FALSE(labels.is_defective("a", 7));
  EXPECT_TRUE(labels.is_defective("b", 0));
  EXPECT_FALSE(labels.is_defective("c", 0));
  EXPECT_THAT([&] { labels.is_defective("d", 0); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("labels.csv"), HasSubstr("\"d\""))));
}

TEST_F(GroundTruth, ReadsLabelsOfNamesWithCommasQuotesAndLineBreaks) {
  folder_.write("labels.csv", csv_line({"a,b.png", "good"}) +
                                  csv_line({"say \"so\".png", "crack, deep"}) +
                                  csv_line({"two\nlines.png", "good"}) + "\"plain\",\"good\"\n");
  const ImageLabels labels(folder_ / "labels.csv", {"good"});
  for (const char* name : {"a,b", "two\nlines", "plain"})
    EXPECT_FALSE(labels.is_defective(name, 0)) << name;
  EXPECT_TRUE(labels.is_defective("say \"so\"", 0));
  EXPECT_FALSE(ImageLabels(folder_ / "labels.csv", {"crack, deep"}).is_defective("say \"so\"", 0));
  EXPECT_THAT([&] { labels.is_defective("c,d", 0); },
              ThrowsMessage<InputError>(HasSubstr("expected a line \"\"c,d\",LABEL\"")));
  folder_.write("open.csv", "a,good\n\"b,good\n");
  EXPECT_THAT([&] { ImageLabels(folder_ / "open.csv", {"good"}); },
              ThrowsMessage<InputError>(HasSubstr("open.csv:2: a quote is opened and not closed")));
}

TEST_F(GroundTruth, ReadsLabelsInOrder) {
  Tensor array = make_tensor({3}, 0);
  array.data()[1] = 4;
  write_npy(folder_ / "labels.npy", view(std::as_const(array)));
  const ImageLabels labels(folder_ / "labels.npy", {"0"});
  EXPECT_FALSE(labels.is_defective("", 0));
  EXPECT_TRUE(labels.is_defective("", 1));
  EXPECT_THAT([&] { labels.is_defective("", 3); },
              ThrowsMessage<InputError>(HasSubstr("has 3 labels")));
}

TEST_F(GroundTruth, ReadsLabelsOfIdx) {
  using namespace std::string_literals;
  folder_.write("test-labels-idx1-ubyte", "\0\0\x08\x01\0\0\0\x03\x07\0\x02"s);
  const ImageLabels labels(folder_ / "test-labels-idx1-ubyte", {"7", "2"});
  EXPECT_FALSE(labels.is_defective("", 0));
  EXPECT_TRUE(labels.is_defective("", 1));
  EXPECT_FALSE(labels.is_defective("", 2));
}

TEST_F(GroundTruth, RefusesALineWithoutALabel) {
  folder_.write("labels.csv", "a,0\nb\n");
  EXPECT_THAT([&] { ImageLabels(folder_ / "labels.csv", {"0"}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("labels.csv:2"), HasSubstr("\"b\""))));
}

TEST_F(GroundTruth, PaintsBoxes) {
  folder_.write("board.txt", "1 0 3 2 5\n\n0,3,1,4,1\n");
  DefectMasks masks(DefectMasks::Kind::boxes, folder_.path());
  const std::optional<Tensor> mask = masks.mask("board_test", 4, 5);
  ASSERT_TRUE(mask);
  const std::vector<Real> expected{0, 1, 1, 0, 0,  //
                                   0, 1, 1, 0, 0,  //
                                   0, 0, 0, 0, 0,  //
                                   1, 0, 0, 0, 0};
  EXPECT_EQ(std::vector<Real>(mask->begin(), mask->end()), expected);
  EXPECT_FALSE(masks.mask("other", 4, 5));
  EXPECT_FALSE(masks.mask("boards", 4, 5)) << "a name that goes on with a letter is another one";
  EXPECT_THAT([&] { masks.mask("board", 3, 5); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("board.txt:3"), HasSubstr("3 high"))));
}

TEST_F(GroundTruth, ReadsMasks) {
  Tensor white = make_tensor({2, 2, 1}, 0);
  white.data()[2] = 1;
  write_image(folder_ / "a.png", view(std::as_const(white)));
  const Tensor black = make_tensor({2, 2, 1}, 0);
  write_image(folder_ / "b.png", view(black));
  DefectMasks masks(DefectMasks::Kind::masks, folder_.path());
  EXPECT_THAT([&] { masks.check_used(); }, ThrowsMessage<InputError>(HasSubstr("named like")));
  const std::optional<Tensor> mask = masks.mask("a", 2, 2);
  ASSERT_TRUE(mask);
  EXPECT_EQ(std::vector<Real>(mask->begin(), mask->end()), (std::vector<Real>{0, 0, 1, 0}));
  EXPECT_FALSE(masks.mask("b", 2, 2)) << "all black: no defect";
  EXPECT_NO_THROW(masks.check_used());
  EXPECT_THAT([&] { masks.mask("a", 2, 3); },
              ThrowsMessage<InputError>(HasSubstr("has the size of its image")));
}

}  // namespace
}  // namespace adjoint
