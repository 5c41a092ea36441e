#include "models/config/key_table.hpp"

#include <gmock/gmock.h>

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A table whose keys depend on each other in every way that configs use.
struct Shape {
  std::string kind = "circle";
  double radius = 1.5;
  Index sides = 4;
  std::string corners = "sharp";
  double rounding = 0.1;
  std::optional<std::string> pattern;
  double scale = 1;

  void keys(Keys& key) {
    key("kind", kind, "what it is", one_of({"circle", "polygon"}));
    if (kind == "circle") key("radius", radius, "in pixels", greater_than(0.0));
    if (kind == "polygon") {
      key.required("sides", sides, "how many", at_least(3));
      key("corners", corners, "how they look", one_of({"sharp", "round"}));
      if (corners == "round") key("rounding", rounding, "in pixels");
    }
    key("pattern", pattern, "what fills it");
    if (pattern) key("scale", scale, "of the pattern");
  }
};

struct NestedGroup {
  std::string name;
  std::vector<NestedGroup> groups;
  void keys(Keys& key) {
    key("name", name, "of the group");
    key.tables("group", groups, "groups in it");
  }
};

struct Drawing {
  Index seed = 3;
  std::vector<Shape> shapes;
  std::string paper = "white";
  void keys(Keys& key) {
    key("seed", seed, "of everything random");
    key.tables("shape", shapes, "what is drawn");
    if (shapes.empty()) key("paper", paper, "of an empty page");
  }
};

std::vector<std::string> names_of(const std::vector<KeyEntry>& keys) {
  std::vector<std::string> names;
  for (const KeyEntry& key : keys) names.push_back(key.name);
  return names;
}

class KeyTable : public testing::Test {
 protected:
  const TableEntry all_ = list_keys<Drawing>();
  const TableEntry& shape() const { return all_.tables.at(0); }
};

TEST_F(KeyTable, ListsWhatIsAlwaysThere) {
  EXPECT_THAT(names_of(all_.keys), ElementsAre("seed", "paper"));
  EXPECT_EQ(all_.keys[0].default_value, "3");
  EXPECT_EQ(all_.keys[0].expected, "an integer");
  EXPECT_EQ(all_.keys[0].doc, "of everything random");
  ASSERT_EQ(all_.tables.size(), 1);
  EXPECT_EQ(shape().path, "shape");
  EXPECT_EQ(shape().doc, "what is drawn");
  EXPECT_TRUE(shape().array);
  EXPECT_THAT(names_of(shape().keys), ElementsAre("kind", "pattern"));
  EXPECT_EQ(shape().keys[0].default_value, "\"circle\"");
}

TEST_F(KeyTable, ListsWhatAChoiceBrings) {
  ASSERT_EQ(shape().variants.size(), 3);
  const KeyVariant& circle = shape().variants[0];
  EXPECT_EQ(circle.key, "kind");
  EXPECT_EQ(circle.value, "\"circle\"");
  EXPECT_THAT(names_of(circle.keys), ElementsAre("radius"));
  EXPECT_THAT(circle.variants, IsEmpty());
  const KeyVariant& polygon = shape().variants[1];
  EXPECT_EQ(polygon.value, "\"polygon\"");
  EXPECT_THAT(names_of(polygon.keys), ElementsAre("sides", "corners"));
  EXPECT_TRUE(polygon.keys[0].required);
  EXPECT_EQ(polygon.keys[0].expected, "an integer, at least 3");
}

TEST_F(KeyTable, ListsChoicesInsideChoices) {
  const KeyVariant& polygon = shape().variants.at(1);
  ASSERT_EQ(polygon.variants.size(), 1);
  EXPECT_EQ(polygon.variants[0].key, "corners");
  EXPECT_EQ(polygon.variants[0].value, "\"round\"");
  EXPECT_THAT(names_of(polygon.variants[0].keys), ElementsAre("rounding"));
}

TEST(KeyTableOfGroups, ListsATableThatHoldsItselfOnce) {
  const TableEntry all = list_keys<NestedGroup>();
  ASSERT_EQ(all.tables.size(), 1);
  EXPECT_THAT(names_of(all.tables[0].keys), ElementsAre("name"));
  EXPECT_THAT(all.tables[0].tables, IsEmpty());
}

TEST_F(KeyTable, ListsWhatAnOptionalKeyBrings) {
  const KeyVariant& pattern = shape().variants.at(2);
  EXPECT_EQ(pattern.key, "pattern");
  EXPECT_EQ(pattern.value, "");
  EXPECT_THAT(names_of(pattern.keys), ElementsAre("scale"));
}

}  // namespace
}  // namespace adjoint
