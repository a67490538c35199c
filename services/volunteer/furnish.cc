#include "services/volunteer/furnish.h"

#include "common/program/house.h"
#include "common/program/operations.h"
#include "firstfloor/volunteer/v1/operations_service.pb.h"
#include "services/volunteer/activity_service.h"
#include "services/volunteer/erasure.h"
#include "services/volunteer/post_service.h"
#include "services/volunteer/project_service.h"
#include "services/volunteer/sign_up_service.h"
#include "services/volunteer/statistics_projection.h"
#include "services/volunteer/statistics_service.h"
#include "services/volunteer/task_flow.h"
#include "services/volunteer/task_service.h"
#include "services/volunteer/volunteer_service.h"

namespace firstfloor::volunteer {
namespace {

struct Furniture {
  explicit Furniture(program::House& house)
      : stores(*house.environment().keyring),
        books{stores, *house.environment().log},
        order_effects(books, house.environment().peers),
        operations(house) {}

  const Stores stores;
  const Books books;
  const OrderEffects order_effects;
  PostHandlers posts{books};
  VolunteerHandlers volunteers{books};
  ProjectHandlers projects{books};
  ActivityHandlers activities{books};
  SignUpHandlers sign_ups{books};
  TaskHandlers tasks{books};
  StatisticsHandlers statistics;
  program::OperationsHandlers<v1::AdvanceTimersRequest, v1::AdvanceTimersResponse> operations;
};

}  // namespace

std::shared_ptr<void> Furnish(program::House& house) {
  auto furniture = std::make_shared<Furniture>(house);
  const auto service = [&](const char* name) -> rpc::Service& {
    return house.AddService(std::string("firstfloor.volunteer.v1.") + name);
  };
  furniture->posts.Register(service("PostService"));
  furniture->volunteers.Register(service("VolunteerService"));
  furniture->projects.Register(service("ProjectService"));
  furniture->activities.Register(service("ActivityService"));
  furniture->sign_ups.Register(service("SignUpService"));
  furniture->tasks.Register(service("TaskService"));
  furniture->statistics.Register(service("StatisticsService"));
  house.SetErasure(ErasurePlan(furniture->books));
  house.SetTimers([kept = furniture.get()](db::Transaction& tx, const timers::Timer& timer,
                                           const events::Origin& origin) {
    return FireTaskTimer(kept->books, tx, timer, origin);
  });
  furniture->operations.Register(service("OperationsService"));
  house.AddReader("volunteer/deliberation", "deliberation", furniture->order_effects.Effect());
  house.AddReader(kStatisticsReader, "volunteer", StatisticsEffect());
  return furniture;
}

}  // namespace firstfloor::volunteer
