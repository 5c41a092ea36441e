#include "inference/detection/defect_kinds.hpp"

#include <limits>
#include <map>

#include "inference/detection/ranking.hpp"

namespace adjoint {
namespace {

double rank_of(const Finding& finding) {
  return finding.score.value_or(std::numeric_limits<double>::infinity());
}

}  // namespace

void name_kinds(const ImageLabels* labels, std::vector<Finding>& findings) {
  const bool by_label = labels && labels->tell_kinds();
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Finding& finding = findings[i];
    if (!finding.defective.value_or(false)) continue;
    if (by_label) {
      finding.kind = labels->label(static_cast<Index>(i));
    } else if (const auto end = finding.name.rfind('/'); end != std::string::npos) {
      finding.kind = finding.name.substr(0, end);
    }
  }
}

std::vector<DefectKind> defect_kinds(const std::vector<Finding>& findings) {
  std::vector<double> normal;
  std::map<std::string, std::vector<const Finding*>> by_kind;
  for (const Finding& finding : findings) {
    if (!finding.defective) continue;
    if (*finding.defective)
      by_kind[finding.kind].push_back(&finding);
    else
      normal.push_back(rank_of(finding));
  }
  std::vector<DefectKind> kinds;
  if (by_kind.size() < 2) return kinds;
  for (const auto& [kind, images] : by_kind) {
    DefectKind& one = kinds.emplace_back(DefectKind{.kind = kind});
    std::vector<double> scores = normal;
    std::vector<bool> defective(normal.size(), false);
    for (const Finding* finding : images) {
      one.found.count += finding->flagged ? 1 : 0;
      ++one.found.of;
      scores.push_back(rank_of(*finding));
      defective.push_back(true);
    }
    if (!normal.empty()) one.auroc = ranking(scores, defective).auroc;
  }
  return kinds;
}

}  // namespace adjoint
