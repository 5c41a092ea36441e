#pragma once

// Checks that hold for every kind of a family: see framework/settings/registry.hpp.

#include <gmock/gmock.h>

#include <cctype>
#include <set>

#include "framework/settings/registry.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {

/// Every row has a name of its own and a sentence.
template <class Family>
void expect_names_and_sentences() {
  std::set<std::string_view> names;
  for (const Kind<Family>& kind : Family::kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name << " stands twice";
    EXPECT_GE(kind.doc.size(), 10u) << kind.name << " needs a sentence";
    EXPECT_FALSE(kind.doc.ends_with('.')) << kind.name;
  }
  EXPECT_FALSE(names.empty());
}

/// Every kind's defaults can be written to a config and read back; `check` sees what was read.
template <class Family, class Check>
void expect_kinds_read_back(const Check& check) {
  struct Table {
    Choice<Family> choice;
    void keys(Keys& key) { choice.keys(key, "which kind"); }
  };
  expect_names_and_sentences<Family>();
  for (const Kind<Family>& kind : Family::kinds()) {
    SCOPED_TRACE(kind.name);
    const std::string written = write_config(Table{Choice<Family>(kind)});
    Table read;
    ASSERT_NO_THROW(parse_config(written, "written", {}, read));
    EXPECT_EQ(read.choice.name(), kind.name);
    EXPECT_EQ(write_config(read), written);
    EXPECT_EQ(read.choice.settings().type(), kind.settings().type());
    check(read.choice);
  }
}

}  // namespace adjoint
