#include "inference/detection/ground_truth.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/csv.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
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
  const ImageLabels labels(folder_ / "labels.csv", {"good", "0"}, {"c", "b", "a"});
  EXPECT_FALSE(labels.is_defective(0));
  EXPECT_TRUE(labels.is_defective(1));
  EXPECT_FALSE(labels.is_defective(2));
  EXPECT_THAT(
      [&] {
        ImageLabels(folder_ / "labels.csv", {"0"}, {"a", "d"});
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("labels.csv"), HasSubstr("\"d\""))));
}

TEST_F(GroundTruth, TellsImagesOfOneNameByTheirFolders) {
  folder_.write("labels.csv", "good/000.png,0\nbroken/000.png,1\n");
  const ImageLabels labels(folder_ / "labels.csv", {"0"}, {"broken/000", "good/000"});
  EXPECT_TRUE(labels.is_defective(0));
  EXPECT_FALSE(labels.is_defective(1));
  folder_.write("stems.csv", "000.png,1\n");
  EXPECT_THAT(
      [&] {
        ImageLabels(folder_ / "stems.csv", {"0"}, {"broken/000", "good/000"});
      },
      ThrowsMessage<InputError>(HasSubstr("\"broken/000\" and \"good/000\"")));
}

TEST_F(GroundTruth, RefusesTwoLabelsOfOneName) {
  folder_.write("labels.csv", "a,0\na,0\nb,0\nb,1\n");
  EXPECT_THAT([&] { ImageLabels(folder_ / "labels.csv", {"0"}, {"a"}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("labels.csv:4"), HasSubstr("\"b\""))));
}

TEST_F(GroundTruth, ReadsLabelsOfNamesWithCommasQuotesAndLineBreaks) {
  folder_.write("labels.csv", csv_line({"a,b.png", "good"}) +
                                  csv_line({"say \"so\".png", "crack, deep"}) +
                                  csv_line({"two\nlines.png", "good"}) + "\"plain\",\"good\"\n");
  const std::vector<std::string> names{"a,b", "two\nlines", "plain", "say \"so\""};
  const ImageLabels labels(folder_ / "labels.csv", {"good"}, names);
  for (const Index i : {0, 1, 2}) EXPECT_FALSE(labels.is_defective(i)) << i;
  EXPECT_TRUE(labels.is_defective(3));
  EXPECT_FALSE(ImageLabels(folder_ / "labels.csv", {"crack, deep"}, names).is_defective(3));
  EXPECT_THAT([&] { ImageLabels(folder_ / "labels.csv", {"good"}, {"c,d"}); },
              ThrowsMessage<InputError>(HasSubstr("expected a line \"\"c,d\",LABEL\"")));
  folder_.write("open.csv", "a,good\n\"b,good\n");
  EXPECT_THAT([&] { ImageLabels(folder_ / "open.csv", {"good"}, {"a"}); },
              ThrowsMessage<InputError>(HasSubstr("open.csv:2: a quote is opened and not closed")));
}

TEST_F(GroundTruth, ReadsLabelsInOrder) {
  Tensor array = make_tensor({3}, 0);
  array.data()[1] = 4;
  write_npy(folder_ / "labels.npy", view(std::as_const(array)));
  const ImageLabels labels(folder_ / "labels.npy", {"0"}, {"x", "y", "z"});
  EXPECT_FALSE(labels.is_defective(0));
  EXPECT_TRUE(labels.is_defective(1));
  for (const std::vector<std::string>& others :
       {std::vector<std::string>{"x", "y"}, {"x", "y", "z", "more"}}) {
    EXPECT_THAT([&] { ImageLabels(folder_ / "labels.npy", {"0"}, others); },
                ThrowsMessage<InputError>(HasSubstr("has 3 labels")));
  }
}

TEST_F(GroundTruth, ReadsLabelsOfIdx) {
  using namespace std::string_literals;
  folder_.write("test-labels-idx1-ubyte", "\0\0\x08\x01\0\0\0\x03\x07\0\x02"s);
  const ImageLabels labels(folder_ / "test-labels-idx1-ubyte", {"7", "2"}, {"x", "y", "z"});
  EXPECT_FALSE(labels.is_defective(0));
  EXPECT_TRUE(labels.is_defective(1));
  EXPECT_FALSE(labels.is_defective(2));
}

TEST_F(GroundTruth, RefusesALineWithoutALabel) {
  folder_.write("labels.csv", "a,0\nb\n");
  EXPECT_THAT([&] { ImageLabels(folder_ / "labels.csv", {"0"}, {"a"}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("labels.csv:2"), HasSubstr("\"b\""))));
}

TEST_F(GroundTruth, PaintsBoxes) {
  folder_.write("board.txt", "1 0 3 2 5\n\n0,3,1,4,1\n");
  const DefectMasks masks(DefectMasks::Kind::boxes, folder_.path(),
                          {"board_test", "other", "boards"});
  const std::optional<Tensor> mask = masks.mask("board_test", 4, 5);
  ASSERT_TRUE(mask);
  const std::vector<Real> expected{0, 1, 1, 0, 0,  //
                                   0, 1, 1, 0, 0,  //
                                   0, 0, 0, 0, 0,  //
                                   1, 0, 0, 0, 0};
  EXPECT_EQ(std::vector<Real>(mask->begin(), mask->end()), expected);
  EXPECT_FALSE(masks.mask("other", 4, 5));
  EXPECT_FALSE(masks.mask("boards", 4, 5)) << "a name that goes on with a letter is another one";
  EXPECT_THAT([&] { masks.mask("board_test", 3, 5); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("board.txt:3"), HasSubstr("3 high"))));
  // The pair of a board with defects and one without must not share its boxes.
  EXPECT_THAT(
      [&] {
        DefectMasks(DefectMasks::Kind::boxes, folder_.path(), {"board_temp", "board_test"});
      },
      ThrowsMessage<InputError>(HasSubstr("\"board_temp\" and \"board_test\"")));
}

class Masks : public GroundTruth {
 protected:
  /// 2 x 2 pixels, one of them white; -1: none.
  void write(const std::string& name, int white) const {
    Tensor mask = make_tensor({2, 2, 1}, 0);
    if (white >= 0) mask.data()[white] = 1;
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_image(folder_ / name, view(std::as_const(mask)));
  }
  DefectMasks open(const std::vector<std::string>& images) const {
    return {DefectMasks::Kind::masks, folder_.path(), images};
  }
};

TEST_F(Masks, AreReadByName) {
  write("a.png", 2);
  write("b.png", -1);
  const DefectMasks masks = open({"a", "b"});
  const std::optional<Tensor> mask = masks.mask("a", 2, 2);
  ASSERT_TRUE(mask);
  EXPECT_EQ(std::vector<Real>(mask->begin(), mask->end()), (std::vector<Real>{0, 0, 1, 0}));
  EXPECT_FALSE(masks.mask("b", 2, 2)) << "all black: no defect";
  EXPECT_THAT([&] { masks.mask("a", 2, 3); },
              ThrowsMessage<InputError>(HasSubstr("has the size of its image")));
}

TEST_F(Masks, OfOneFolderMustNotFitTwoImages) {
  write("000.png", 2);
  EXPECT_THAT(
      [&] {
        open({"good/000", "broken/000"});
      },
      ThrowsMessage<InputError>(HasSubstr("\"good/000\" and \"broken/000\"")));
  EXPECT_TRUE(open({"good/001", "broken/000"}).mask("broken/000", 2, 2));
}

TEST_F(Masks, LieInFoldersAsInTheLayoutOfMvtec) {
  write("broken/000_mask.png", 1);
  write("scratch/000_mask.png", 3);
  const DefectMasks masks = open({"broken/000", "good/000", "scratch/000"});
  EXPECT_EQ(masks.mask("broken/000", 2, 2)->data()[1], 1);
  EXPECT_EQ(masks.mask("scratch/000", 2, 2)->data()[3], 1);
  EXPECT_FALSE(masks.mask("good/000", 2, 2));
}

TEST_F(Masks, MustBelongToSomeImage) {
  write("broken/x.png", 1);
  EXPECT_THAT([&] { open({"000"}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("named like"), HasSubstr("\"000.png\""),
                                              HasSubstr("\"broken/x.png\""))));
  EXPECT_NO_THROW(open({})) << "no image is asked for";
}

}  // namespace
}  // namespace adjoint
