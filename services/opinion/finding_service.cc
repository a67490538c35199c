#include "services/opinion/finding_service.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/category_model.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion {
namespace {

using v1::Opinion;

// A hit's place as page tokens carry it, and back; nullopt at the start.
std::string TextOf(const Catalogue::Place& place) {
  return absl::StrCat(place.held, " ", place.micros, " ", NameOf(place.id));
}

std::optional<Catalogue::Place> PlaceOf(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ' ');
  Catalogue::Place place;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &place.held) ||
      !absl::SimpleAtoi(parts[1], &place.micros)) {
    return std::nullopt;
  }
  place.id = MessageIdOf(parts[2]);
  return place;
}

}  // namespace

void FindingHandlers::Register(rpc::Service& service) {
  service.Read("SuggestSimilar", this, &FindingHandlers::SuggestSimilar);
  service.Read("SuggestMerges", this, &FindingHandlers::SuggestMerges);
  service.Read("SuggestCategory", this, &FindingHandlers::SuggestCategory);
  service.Read("ListHotTopics", this, &FindingHandlers::ListHotTopics);
  service.Read("SearchOpinions", this, &FindingHandlers::Search);
}

absl::StatusOr<bool> FindingHandlers::MayLook(Call& call, const std::string& area) const {
  RETURN_IF_ERROR(call.Authorize(area, {.participant = view::IsNeighbour(call.identity(), area)}));
  return view::HandlesArea(call.identity(), area);
}

absl::StatusOr<v1::SuggestSimilarResponse> FindingHandlers::SuggestSimilar(
    Call& call, const v1::SuggestSimilarRequest& request) {
  RETURN_IF_ERROR(finding_.Await(call));
  // Whoever handles what is in an area usually asks for somebody else.
  const bool for_oneself = !view::HandlesArea(call.identity(), request.area());
  v1::SuggestSimilarResponse response;
  for (v1::SimilarOpinion& similar :
       finding_.SimilarTo({.text = finding_.extractor().OfText(request.text()),
       .area = request.area(),
       .time = call.now(),
       .reporter = for_oneself ? finding_.extractor().ReporterOf(call.subject()) : 0},
                          call.identity())) {
    *response.add_opinions() = std::move(similar);
  }
  return response;
}

absl::StatusOr<v1::SuggestMergesResponse> FindingHandlers::SuggestMerges(
    Call& call, const v1::SuggestMergesRequest& request) {
  ASSIGN_OR_RETURN(const Opinion opinion,
                   rpc::HiddenIfMissing(opinions_.table().Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(opinion.area()));
  if (!view::Handles(opinion, call.identity())) return error::Denied();
  RETURN_IF_ERROR(finding_.Await(call));
  v1::SuggestMergesResponse response;
  if (!rules::IsComparable(opinion)) return response;
  for (v1::SimilarOpinion& similar :
       finding_.SimilarTo({.text = finding_.extractor().OfText(opinion.text()),
       .area = opinion.area(),
       .time = calendar::FromProto(opinion.receive_time()),
       .reporter = finding_.extractor().ReporterOf(opinion.reporter().subject()),
       .itself = MessageIdOf(opinion.name())},
                          call.identity(), rules::MayTakeIn)) {
    *response.add_opinions() = std::move(similar);
  }
  return response;
}

absl::StatusOr<v1::SuggestCategoryResponse> FindingHandlers::SuggestCategory(
    Call&, const v1::SuggestCategoryRequest& request) {
  v1::SuggestCategoryResponse response;
  for (v1::CategorySuggestion& suggestion : SuggestCategories(categories_, request.text())) {
    *response.add_categories() = std::move(suggestion);
  }
  return response;
}

absl::StatusOr<v1::ListHotTopicsResponse> FindingHandlers::ListHotTopics(
    Call& call, const v1::ListHotTopicsRequest& request) {
  ASSIGN_OR_RETURN(const bool handles, MayLook(call, request.area()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(const rules::Span span, rules::TopicSpan(request.window(), call.now()));
  RETURN_IF_ERROR(finding_.Await(call));
  size_t seen = 0;
  if (!page.after.empty() && !absl::SimpleAtoi(page.after, &seen))
    return error::InvalidField("page_token", "is not one");
  std::vector<v1::HotTopic> topics = finding_.Ask([&](const Catalogue& catalogue) {
    return catalogue.Topics(request.area(), span, !handles, seen + static_cast<size_t>(page.size) + 1);
  });
  v1::ListHotTopicsResponse response;
  const size_t end = std::min(topics.size(), seen + static_cast<size_t>(page.size));
  for (size_t i = std::min(seen, end); i < end; ++i) *response.add_topics() = std::move(topics[i]);
  if (end < topics.size()) {
    response.set_next_page_token(rpc::NextToken(page, absl::StrCat(end), *call.environment().keyring));
  }
  *response.mutable_as_of_time() = calendar::ToProto(call.origin().record_time);
  return response;
}

absl::StatusOr<v1::SearchOpinionsResponse> FindingHandlers::Search(Call& call,
                                                                   const v1::SearchOpinionsRequest& request) {
  ASSIGN_OR_RETURN(const bool handles, MayLook(call, request.area()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  Catalogue::Search search;
  search.terms = finding_.extractor().TermsOf(request.query());
  if (search.terms.empty()) {
    return error::InvalidField("query", "needs two letters beside each other, or a word");
  }
  search.by_text = handles;
  search.area = request.area();
  search.states.insert(request.states().begin(), request.states().end());
  search.category = request.category();
  ASSIGN_OR_RETURN(search.span, rules::SpanOf(request.window()));
  search.after = PlaceOf(page.after);
  RETURN_IF_ERROR(finding_.Await(call));
  const auto size = static_cast<size_t>(page.size);
  std::vector<Catalogue::Place> hits =
      finding_.Ask([&](const Catalogue& catalogue) { return catalogue.Find(search, size + 1); });

  v1::SearchOpinionsResponse response;
  if (hits.size() > size) {
    hits.resize(size);
    response.set_next_page_token(rpc::NextToken(page, TextOf(hits.back()), *call.environment().keyring));
  }
  std::vector<std::string> names;
  for (const Catalogue::Place& hit : hits) names.push_back(NameOf(hit.id));
  ASSIGN_OR_RETURN(const std::vector<Opinion> rows, opinions_.Several(call.db(), names));
  std::map<text::MessageId, const Opinion*> by_id;
  for (const Opinion& row : rows) by_id[MessageIdOf(row.name())] = &row;
  for (const Catalogue::Place& hit : hits) {
    const auto row = by_id.find(hit.id);
    // The row may have changed since the catalogue saw it.
    const bool may_see = row != by_id.end() && (handles ? rules::IsFindable(*row->second)
                                                        : rules::IsPubliclyFindable(*row->second));
    if (!may_see) continue;
    v1::FoundOpinion* found = response.add_results();
    *found->mutable_opinion() = view::Of(*row->second, call.identity());
    found->set_match_share(1000 * hit.held / static_cast<int>(search.terms.size()));
  }
  return response;
}

}  // namespace firstfloor::opinion
