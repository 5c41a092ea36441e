#include "inference/report/inspection_sections.hpp"

#include <gmock/gmock.h>

#include "framework/storage/checkpoint.hpp"
#include "tests/inference/inspection/models.hpp"
#include "tests/support/browser.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

Inspection inspected(const Model& model, const Shape& input) {
  const std::map<std::string, Tensor> initial = copy_weights(model);
  Inspection inspection = inspect(model, input, &initial);
  inspection.name = "a <name>";
  inspection.epochs = 1;
  return inspection;
}

TEST(InspectionPage, HoldsLayersPairsAndKernels) {
  const Inspection inspection = inspected(strided_model(), {28, 28, 1});
  const std::string html = inspection_page(inspection, draw_pictures(inspection)).html();
  EXPECT_THAT(html, HasSubstr("<title>a &lt;name&gt; after 1 epoch</title>"));
  EXPECT_THAT(html, HasSubstr("data:image/png;base64,iVBORw0KGgo"));  // a PNG's signature
  for (const char* part : {"singular values of dec2", "effective rank", "best matching",
                           "by chance", "frequency response"})
    EXPECT_THAT(html, HasSubstr(part));
}

TEST(InspectionPageInBrowser, DrawsLayersAndFoldedCharts) {
  if (!has_browser()) GTEST_SKIP() << kNoBrowser;
  const TempFolder folder;
  const Inspection inspection = inspected(strided_model(), {28, 28, 1});
  const std::string html = inspection_page(inspection, draw_pictures(inspection)).html();
  const nlohmann::json answer = run_in_page(folder.write("page.html", html), R"((async () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    await new Promise((done) => setTimeout(done, 300));
    return { nodes: document.querySelectorAll(".wires circle").length, wires: document.querySelectorAll(".wires path").length,
      plots: document.querySelectorAll(".plot").length,
      empty: [...document.querySelectorAll(".plot")].filter((plot) => !plot.querySelector("[aria-label=line] path")).length,
      nameless: [...document.images].filter((image) => !image.alt).length };
  })())");
  EXPECT_EQ(answer["errors"], nlohmann::json::array());
  const nlohmann::json& result = answer["result"];
  EXPECT_EQ(result["nodes"], inspection.layers.layers.size());
  EXPECT_EQ(result["wires"], inspection.layers.layers.size() - 1);
  EXPECT_GE(result["plots"], 4);
  EXPECT_EQ(result["empty"], 0);
  EXPECT_EQ(result["nameless"], 0);
}

}  // namespace
}  // namespace adjoint
