// Real citizens' messages, submitted as opinions to see how the service takes them.
#ifndef FIRSTFLOOR_DEPLOY_DEMO_MESSAGES_H_
#define FIRSTFLOOR_DEPLOY_DEMO_MESSAGES_H_

#include <string>

#include "absl/status/status.h"
#include "deploy/demo/stage.h"

namespace firstfloor::demo {

// `file` holds one JSON object a line with "id", "title" and "body". Submits each as an opinion, several at
// once, and prints how many were taken, refused and why, and the rate. Running it again takes nothing twice.
absl::Status SubmitMessages(Stage& stage, const std::string& file);

}  // namespace firstfloor::demo

#endif  // FIRSTFLOOR_DEPLOY_DEMO_MESSAGES_H_
