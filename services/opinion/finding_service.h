// Handlers of FindingService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FINDING_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_FINDING_SERVICE_H_

#include <optional>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "common/text/categories.h"
#include "firstfloor/opinion/v1/finding_service.pb.h"
#include "services/opinion/finding.h"
#include "services/opinion/opinion_store.h"

namespace firstfloor::opinion {

class FindingHandlers {
 public:
  FindingHandlers(const OpinionStore& opinions, const Finding& finding,
                  const std::optional<text::CategoryModel>& categories)
      : opinions_(opinions), finding_(finding), categories_(categories) {}
  void Register(rpc::Service& service);

 private:
  using Call = rpc::Call;

  absl::StatusOr<v1::SuggestSimilarResponse> SuggestSimilar(Call& call,
                                                            const v1::SuggestSimilarRequest& request);
  absl::StatusOr<v1::SuggestMergesResponse> SuggestMerges(Call& call,
                                                          const v1::SuggestMergesRequest& request);
  absl::StatusOr<v1::SuggestCategoryResponse> SuggestCategory(Call& call,
                                                              const v1::SuggestCategoryRequest& request);
  absl::StatusOr<v1::ListHotTopicsResponse> ListHotTopics(Call& call,
                                                          const v1::ListHotTopicsRequest& request);
  absl::StatusOr<v1::SearchOpinionsResponse> Search(Call& call, const v1::SearchOpinionsRequest& request);

  // The access decision for an area; true if the caller handles what is in it.
  absl::StatusOr<bool> MayLook(Call& call, const std::string& area) const;

  const OpinionStore& opinions_;
  const Finding& finding_;
  const std::optional<text::CategoryModel>& categories_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FINDING_SERVICE_H_
