#include "inference/inspection/explain/walk_page.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "inference/inspection/explain/explanation.hpp"
#include "tests/support/browser.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The answer of a script in the page of a request.
nlohmann::json in_page(const ExplainRequest& request, const std::string& script, int width = 1200,
                       ConstView picture = {}) {
  const TempFolder folder;
  return run_in_page(folder.write("walk.html", walk_page(request, picture)), script, width);
}

class WalkPage : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_browser()) GTEST_SKIP() << kNoBrowser;
  }
};

TEST(WalkPageFile, NeedsNothingElse) {
  const std::string page = walk_page({});
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_THAT(page, Not(HasSubstr("http:")));
  EXPECT_THAT(page, Not(HasSubstr("https:")));
  EXPECT_THAT(page, HasSubstr(R"("direction":"conv","input":[4,4],"kernel":[3,3])"));
  EXPECT_THROW(walk_page({.input = {2, 2}, .kernel = {5, 5}}), std::exception);
}

// Every geometry that both can show, against the library's.
TEST_F(WalkPage, ComputesWhatTheLibraryComputes) {
  nlohmann::json settings = nlohmann::json::array();
  std::vector<nlohmann::json> expected;
  const std::vector<std::string> paddings = {"valid", "same", "0", "1", "2"};
  for (const Direction direction : {Direction::conv, Direction::transpose}) {
    for (const Index input : {1, 2, 5}) {
      for (const Index kernel : {1, 2, 3, 4}) {
        for (const Index stride : {1, 2, 3}) {
          for (const Index dilation : {1, 2}) {
            for (const std::string& padding : paddings) {
              for (const Index extra : {-1, 0, 1}) {
                if (direction == Direction::conv && extra >= 0) continue;
                ExplainRequest request{.direction = direction,
                                       .input = {input, input + 1},
                                       .kernel = {kernel, 2},
                                       .stride = {stride, 1 + stride % 2},
                                       .dilation = {dilation, 1},
                                       .padding = parse_padding(padding)};
                if (extra >= 0) request.output_padding = Extent2{extra, 0};
                nlohmann::json one = {
                    {"direction", direction == Direction::conv ? "conv" : "transpose"},
                    {"input", {input, input + 1}},
                    {"kernel", {kernel, 2}},
                    {"stride", {stride, 1 + stride % 2}},
                    {"dilation", {dilation, 1}},
                    {"padding", padding},
                    {"outputPadding", nullptr}};
                if (padding.size() == 1) one["padding"] = std::stoi(padding);
                if (extra >= 0) one["outputPadding"] = {extra, 0};
                nlohmann::json answer = "refused";
                try {
                  const nlohmann::json whole = explain_json(request);
                  answer = {whole.at("image"), whole.at("features")};
                } catch (const std::exception&) {
                }
                settings.push_back(std::move(one));
                expected.push_back(std::move(answer));
              }
            }
          }
        }
      }
    }
  }
  const nlohmann::json page = in_page({}, fmt::format(R"({}.map((one) => {{
      const made = compute({{ ...state, ...one }});
      if (made.error || (one.outputPadding && one.outputPadding.some((extra, i) => extra >= one.stride[i]))) return "refused";
      const rows = (p) => Array.from({{ length: p.rows }}, (_, y) => Array.from({{ length: p.columns }}, (_, x) => p.at(y, x, 0)));
      return [rows(made.image), rows(made.features)];
    }}))",
                                                      settings.dump()));
  EXPECT_TRUE(page.at("errors").empty()) << page.at("errors");
  ASSERT_EQ(page.at("result").size(), expected.size());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    refused += expected[i] == "refused" ? 1 : 0;
    EXPECT_EQ(page.at("result").at(i), expected[i]) << settings.at(i);
  }
  EXPECT_GT(refused, 50U);
  EXPECT_GT(expected.size() - refused, 400U);
}

TEST_F(WalkPage, WalksStepByStep) {
  const nlohmann::json page = in_page({.input = {4, 4}}, R"((() => {
      const seen = () => ({
        step: byId("step-text").textContent, sum: byId("sums").querySelector("b").textContent,
        taps: document.querySelectorAll("#grids .tap").length, now: document.querySelector("#grids .now").textContent,
        line: Number(document.querySelector("#matrix .line").getAttribute("y")) });
      const first = seen();
      byId("forward").click();
      const second = seen();
      byId("step").value = 3;
      byId("step").dispatchEvent(new Event("input"));
      const last = seen();
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
      return [first, second, last, seen()];
    })())");
  EXPECT_TRUE(page.at("errors").empty()) << page.at("errors");
  EXPECT_TRUE(page.at("requests").empty()) << page.at("requests");
  const nlohmann::json& seen = page.at("result");
  const std::string sums[] = {"348", "393", "573", "528"};  // as in the tests of the picture
  const std::string steps[] = {"1 of 4", "2 of 4", "4 of 4", "3 of 4"};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(seen.at(i).at("sum"), sums[i]);
    EXPECT_EQ(seen.at(i).at("now"), sums[i]);
    EXPECT_EQ(seen.at(i).at("step"), steps[i]);
    EXPECT_EQ(seen.at(i).at("taps"), 9);
  }
  EXPECT_EQ(seen.at(0).at("line"), 0);
  EXPECT_GT(seen.at(1).at("line"), 0);
}

// Stamps of 1 and 2 with a kernel of three ones overlap in one pixel: 1 1 3 2 2.
TEST_F(WalkPage, AddsStampsAndSaysWhatAPixelAddsUp) {
  const nlohmann::json page = in_page(
      {.direction = Direction::transpose, .input = {1, 2}, .kernel = {1, 3}, .stride = {1, 2}},
      R"((() => {
      byId("weights").value = "ones";
      byId("weights").dispatchEvent(new Event("change"));
      const image = () => [...document.querySelectorAll("#grids button")].map((cell) => cell.textContent).join(" ");
      const before = image();
      byId("forward").click();
      const after = image();
      document.querySelectorAll("#grids button")[2].click();
      return { before, after, sum: byId("picked").querySelector(".sum").textContent,
               overlap: [...document.querySelectorAll("#overlap .cell")].map((cell) => cell.textContent).join(" "),
               uneven: byId("overlap-text").textContent };
    })())");
  EXPECT_TRUE(page.at("errors").empty()) << page.at("errors");
  EXPECT_EQ(page.at("result").at("before"), "1 1 1 0 0");
  EXPECT_EQ(page.at("result").at("after"), "1 1 3 2 2");
  EXPECT_EQ(page.at("result").at("sum"), "  1\u00b71 + 2\u00b71\n= 3");
  EXPECT_EQ(page.at("result").at("overlap"), "1 1 2 1 1");
  EXPECT_THAT(page.at("result").at("uneven").get<std::string>(), HasSubstr("no multiple"));
}

// Two image channels of three ones and a bias: each feature is their sum.
TEST_F(WalkPage, ShowsChannelsAndBias) {
  const nlohmann::json page = in_page({.input = {1, 3}, .kernel = {1, 3}}, R"((() => {
      const set = (id, value) => { byId(id).value = value; byId(id).dispatchEvent(new Event("change")); };
      set("values", "ones"); set("weights", "ones"); set("image-channels", 2); set("feature-channels", 2);
      byId("bias").click();
      const first = byId("sums").querySelector("b").textContent;
      const shown = [...document.querySelectorAll("#channels select")].at(-1);
      shown.value = 1;
      shown.dispatchEvent(new Event("change"));
      return [first, byId("sums").querySelector("b").textContent];
    })())");
  EXPECT_TRUE(page.at("errors").empty()) << page.at("errors");
  EXPECT_EQ(page.at("result"), (nlohmann::json{"7", "8"}));  // 2 * 3, and a bias of 1 or 2
}

TEST_F(WalkPage, SwapsTheLayerOverTheSameGeometry) {
  for (const Index input : {5, 6}) {  // of a stride of 2: the second needs an output padding
    const nlohmann::json page = in_page(
        {.input = {input, input}, .stride = {2, 2}, .padding = parse_padding("1")}, R"((() => {
      byId("swap").click();
      const there = [state.direction, model.g.rows.image, model.g.rows.features];
      byId("swap").click();
      return [...there, state.direction, model.g.rows.image];
    })())");
    EXPECT_EQ(page.at("result"), (nlohmann::json{"transpose", input, 3, "conv", input}));
  }
}

TEST_F(WalkPage, TellsWhatCannotBe) {
  const nlohmann::json page = in_page({}, R"((() => {
      byId("input-0").value = 2;
      byId("input-0").dispatchEvent(new Event("input"));
      const refused = [byId("error").textContent, byId("error").hidden, byId("walk").hidden];
      byId("padding").value = "same";
      byId("padding").dispatchEvent(new Event("change"));
      return [...refused, byId("error").hidden, byId("walk").hidden];
    })())");
  EXPECT_TRUE(page.at("errors").empty()) << page.at("errors");
  EXPECT_THAT(page.at("result").at(0).get<std::string>(), HasSubstr("does not fit into 2"));
  EXPECT_EQ(page.at("result").at(1), false);
  EXPECT_EQ(page.at("result").at(2), true);
  EXPECT_EQ(page.at("result").at(3), true);
  EXPECT_EQ(page.at("result").at(4), false);
}

TEST_F(WalkPage, ShowsAPictureSmallEnough) {
  Tensor picture = make_tensor({100, 400, 3}, Real(0.5));
  for (Index x = 0; x < 200; ++x)
    for (Index y = 0; y < 100; ++y)
      for (Index c = 0; c < 3; ++c) picture(y, x, c) = 1;
  const nlohmann::json page =
      in_page({},
              "[picture.width, picture.height, picture.data[0], picture.data[150], "
              "[...document.querySelectorAll('#pictures canvas')].map((c) => c.width)]",
              1200, view(std::as_const(picture)));
  EXPECT_TRUE(page.at("errors").empty()) << page.at("errors");
  EXPECT_EQ(page.at("result").at(0), 192);
  EXPECT_EQ(page.at("result").at(1), 48);
  EXPECT_EQ(page.at("result").at(2), 1);
  EXPECT_NEAR(page.at("result").at(3), 0.5, 1 / 255.0);
  EXPECT_EQ(page.at("result").at(4), (nlohmann::json{192, 190, 192}));  // 3x3 without padding
}

TEST_F(WalkPage, FitsATelephone) {
  const nlohmann::json page =
      in_page({.input = {8, 8}}, "document.documentElement.scrollWidth", 390);
  EXPECT_LE(page.at("result"), 390);
}

}  // namespace
}  // namespace adjoint
