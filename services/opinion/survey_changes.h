// How a decided change of a survey is carried out: row, event, tally, keys, timer. The same for calls and for
// the survey that closes itself.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_CHANGES_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_CHANGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"
#include "firstfloor/opinion/v1/survey.pb.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/survey_form.h"
#include "services/opinion/survey_store.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

class SurveyChanges {
 public:
  SurveyChanges(program::House& house, const SurveyStore& surveys, const OpinionChanges& opinions)
      : house_(house), surveys_(surveys), opinions_(opinions) {}

  // A new draft; its name is set. Like those below, `survey` is as stored afterwards.
  absl::Status Insert(db::Transaction& tx, const events::Origin& origin, v1::Survey& survey) const;
  // A draft of which `fields` were changed, as locked in this transaction before.
  absl::Status Amend(db::Transaction& tx, const events::Origin& origin,
                     const std::vector<std::string>& fields, v1::Survey& survey) const;
  // A survey that was published; of an anonymous one with the private key of its tokens.
  absl::Status Publish(db::Transaction& tx, const events::Origin& origin, absl::string_view private_key,
                       v1::Survey& survey) const;
  // A survey that was closed. Whoever is answering it meanwhile is counted, or told that it is closed.
  absl::Status Close(db::Transaction& tx, const events::Origin& origin, bool by_time,
                     v1::Survey& survey) const;
  // What a published survey's timer brings.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) const;

  // Takes one person's answers. `response` has no name yet; afterwards it is as the person sees it.
  absl::Status Take(db::Transaction& tx, const events::Origin& origin, const v1::Survey& survey,
                    v1::SurveyResponse& response) const;
  // Takes answers of which nobody is to know whose they are: no event, no name that says when, no time but
  // the survey's own.
  absl::Status TakeUnnamed(db::Transaction& tx, const v1::Survey& survey,
                           const survey_form::Answers& answers) const;
  // A text answer that was taken up as the opinion of `change`.
  absl::Status TakeUp(db::Transaction& tx, const events::Origin& origin, v1::TextAnswer& answer,
                      rules::Change& change) const;

 private:
  absl::Status Save(db::Transaction& tx, const events::Origin& origin, events::v1::OpinionEvent payload,
                    v1::Survey& survey) const;

  program::House& house_;
  const SurveyStore& surveys_;
  const OpinionChanges& opinions_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_CHANGES_H_
