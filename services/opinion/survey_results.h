// What of a tally may be told: no cell under five people, and none from which such a one follows. Pure.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_RESULTS_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_RESULTS_H_

#include <cstdint>
#include <vector>

#include "firstfloor/opinion/v1/survey.pb.h"
#include "services/opinion/survey_tally.h"

namespace firstfloor::opinion::survey_results {

// Fewest people for whom a figure may stand.
inline constexpr int64_t kFewest = 5;

// Which cells of a question to hide when everybody is in exactly one of them and their sum is known: those
// under kFewest, and with them others, in the order of the cells from the first hidden one on, at least one
// and until the hidden ones stand for 2 × kFewest people. With `skip_last` the last cell counts those who did
// not answer: 0 says nothing of anybody there, and is not hidden.
//
// Why so: with one small cell hidden alone, the sum minus the others gives it; the same holds of several that
// are 0 together. Were the smallest other cell hidden, one who knows that could tell the small one from it:
// its own smallness would be the message. The order of the cells is no message, and from 2 × kFewest people
// on a hidden small cell may have been any number from 0 to kFewest - 1, for all that is told
// (survey_results_test tries every table of several sizes).
std::vector<bool> HiddenCells(const std::vector<int64_t>& cells, bool skip_last);

// Which options to hide when each of `answered` people chose one at least and `most` at most: those that
// fewer than kFewest chose, or did not choose; and others in the same order, until those bounds say nothing
// about them.
std::vector<bool> HiddenOptions(const std::vector<int64_t>& options, int64_t answered, int64_t most);

// What may be told of `tally` when the survey is closed; while it is not, the number of responses in tens.
v1::SurveyResults Tell(const v1::Survey& survey, const SurveyTally& tally);

}  // namespace firstfloor::opinion::survey_results

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_RESULTS_H_
