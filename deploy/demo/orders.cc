// 三单: residents order, stewards accept, the branch dispatches; what goes to volunteers is a task there.
#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "deploy/demo/stories.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/volunteer/v1/task_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace deliberation::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::ToProto;
using opinion::v1::Opinion;
using volunteer::v1::Task;

struct Wish {
  const OrderPlan* plan = nullptr;
  int number = 0;
  std::string building;
  absl::CivilDay day;
  Player resident;
};

template <typename Request>
Request Naming(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

absl::StatusOr<std::string> Place(Story& story, const Wish& wish) {
  PlaceOrderRequest place;
  Order& order = *place.mutable_order();
  order.set_area(wish.building);
  order.set_need(wish.plan->need);
  order.set_text(wish.plan->text);
  *order.mutable_wanted_time() = ToProto(At(wish.day + 3, 17));
  ASSIGN_OR_RETURN(const Order placed, story.Do<Order>(wish.resident, At(wish.day, 9),
                                                       "deliberation.v1.OrderService.PlaceOrder", place));
  return placed.name();
}

// An opinion that is best done by an order: deliberation places it when it reads the event.
absl::StatusOr<std::string> PlaceByOpinion(Story& story, const Wish& wish, std::string& order) {
  const Player staff = story.stage().cast().Staff();
  opinion::v1::SubmitOpinionRequest submit;
  Opinion& opinion = *submit.mutable_opinion();
  opinion.set_area(wish.building);
  opinion.set_channel(opinion::v1::OPINION_CHANNEL_APP);
  opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  opinion.set_category("SERVICE.ELDERLY");
  opinion.set_text(wish.plan->text);
  ASSIGN_OR_RETURN(const opinion::v1::SubmitOpinionResponse taken,
                   story.Do<opinion::v1::SubmitOpinionResponse>(
                       wish.resident, At(wish.day, 8), "opinion.v1.OpinionService.SubmitOpinion", submit));
  const std::string name = taken.opinion().name();
  auto triage = Naming<opinion::v1::TriageOpinionRequest>(name);
  triage.set_category("SERVICE.ELDERLY");
  triage.set_public_summary("已转为点单办理。");
  RETURN_IF_ERROR(
      story.Do<Opinion>(staff, At(wish.day, 8, 30), "opinion.v1.OpinionService.TriageOpinion", triage)
          .status());
  auto dispatch = Naming<opinion::v1::DispatchOpinionRequest>(name);
  *dispatch.mutable_wanted_time() = ToProto(At(wish.day + 3, 17));
  ASSIGN_OR_RETURN(
      const Opinion dispatched,
      story.Do<Opinion>(staff, At(wish.day, 9), "opinion.v1.OpinionService.DispatchOpinion", dispatch));
  order = dispatched.order();
  RETURN_IF_ERROR(story
                      .Await<Order>(staff, "deliberation.v1.OrderService.GetOrder",
                                    Naming<GetOrderRequest>(order), [](const Order&) { return true; })
                      .status());
  return name;
}

absl::Status DoAsTask(Story& story, const Wish& wish, const Foundations& made, const std::string& task) {
  Stage& stage = story.stage();
  const size_t who = static_cast<size_t>(wish.number) % made.volunteers.size();
  const Player volunteer = stage.cast().Volunteer(static_cast<int>(who));
  const Player staff = stage.cast().Staff();
  RETURN_IF_ERROR(story
                      .Await<Task>(staff, "volunteer.v1.TaskService.GetTask",
                                   Naming<volunteer::v1::GetTaskRequest>(task),
                                   [](const Task&) { return true; })
                      .status());
  auto offer = Naming<volunteer::v1::OfferTaskRequest>(task);
  offer.set_volunteer(made.volunteers[who]);
  RETURN_IF_ERROR(
      story.Do<Task>(staff, At(wish.day, 15), "volunteer.v1.TaskService.OfferTask", offer).status());
  RETURN_IF_ERROR(story
                      .Do<Task>(volunteer, At(wish.day, 16), "volunteer.v1.TaskService.AcceptTask",
                                Naming<volunteer::v1::AcceptTaskRequest>(task))
                      .status());
  RETURN_IF_ERROR(story
                      .Do<Task>(volunteer, At(wish.day + 1, 9), "volunteer.v1.TaskService.StartTask",
                                Naming<volunteer::v1::StartTaskRequest>(task))
                      .status());
  auto complete = Naming<volunteer::v1::CompleteTaskRequest>(task);
  complete.set_note("已陪同办好，本人满意。");
  return story.Do<Task>(volunteer, At(wish.day + 1, 11), "volunteer.v1.TaskService.CompleteTask", complete)
      .status();
}

absl::Status DoBySomebody(Story& story, const Wish& wish, const std::string& order, const Player& assignee) {
  RETURN_IF_ERROR(story
                      .Do<Order>(assignee, At(wish.day + 1, 9), "deliberation.v1.OrderService.StartOrder",
                                 Naming<StartOrderRequest>(order))
                      .status());
  auto complete = Naming<CompleteOrderRequest>(order);
  complete.set_report("已上门办理。");
  Evidence* photo = complete.add_evidence();
  photo->set_uri(absl::StrCat("https://files.example/demo/order-", wish.number, ".jpg"));
  photo->set_sha256(std::string(64, '0'));
  photo->set_media_type("image/jpeg");
  return story
      .Do<Order>(assignee, At(wish.day + 1, 15), "deliberation.v1.OrderService.CompleteOrder", complete)
      .status();
}

absl::Status Fulfil(Story& story, const Wish& wish, const Foundations& made, const std::string& order) {
  Stage& stage = story.stage();
  const Player steward = stage.cast().Steward(wish.number % 12);
  RETURN_IF_ERROR(story
                      .Do<Order>(steward, At(wish.day, 10), "deliberation.v1.OrderService.AcceptOrder",
                                 Naming<AcceptOrderRequest>(order))
                      .status());
  auto dispatch = Naming<DispatchOrderRequest>(order);
  OrderAssignee assignee = ORDER_ASSIGNEE_UNSPECIFIED;
  OrderAssignee_Parse("ORDER_ASSIGNEE_" + wish.plan->assignee, &assignee);
  dispatch.set_assignee(assignee);
  ASSIGN_OR_RETURN(const Order dispatched,
                   story.Do<Order>(stage.cast().Secretary(wish.number % 10), At(wish.day, 14),
                                   "deliberation.v1.OrderService.DispatchOrder", dispatch));
  if (assignee == ORDER_ASSIGNEE_VOLUNTEERS) {
    RETURN_IF_ERROR(DoAsTask(story, wish, made, dispatched.task()));
  } else {
    RETURN_IF_ERROR(
        DoBySomebody(story, wish, order,
                     assignee == ORDER_ASSIGNEE_PROPERTY ? stage.cast().Property() : stage.cast().Staff()));
  }
  RETURN_IF_ERROR(
      story
          .Await<Order>(
              wish.resident, "deliberation.v1.OrderService.GetOrder", Naming<GetOrderRequest>(order),
              [](const Order& o) { return o.state() == ORDER_STATE_DONE || o.state() == ORDER_STATE_CLOSED; })
          .status());
  auto confirm = Naming<ConfirmOrderRequest>(order);
  confirm.set_rating(wish.number % 6 == 5 ? 4 : 5);
  return story
      .Do<Order>(wish.resident, At(wish.day + 2, 19), "deliberation.v1.OrderService.ConfirmOrder", confirm)
      .status();
}

}  // namespace

void AddOrders(Stage& stage, const Foundations& made) {
  int number = 0;
  for (const OrderPlan& plan : stage.year().orders) {
    for (int i = 0; i < plan.count; ++i, ++number) {
      Wish wish{&plan,
                number,
                stage.year().building(static_cast<size_t>(number) * 7 + 1),
                absl::CivilDay(2023, 1, 10) + number * 8,
                {}};
      wish.resident = stage.cast().Resident(8000 + number, wish.building);
      const bool by_opinion = plan.need == "ELDERLY_CARE";
      stage.Add(absl::StrCat("order-", number), [wish, by_opinion, &made](Story& story) -> absl::Status {
        if (!by_opinion) {
          ASSIGN_OR_RETURN(const std::string order, Place(story, wish));
          return Fulfil(story, wish, made, order);
        }
        std::string order;
        ASSIGN_OR_RETURN(const std::string opinion, PlaceByOpinion(story, wish, order));
        RETURN_IF_ERROR(Fulfil(story, wish, made, order));
        // The rating of the order is the opinion's feedback: nobody is asked twice.
        return story
            .Await<Opinion>(wish.resident, "opinion.v1.OpinionService.GetOpinion",
                            Naming<opinion::v1::GetOpinionRequest>(opinion),
                            [](const Opinion& o) { return o.state() == opinion::v1::OPINION_STATE_CLOSED; })
            .status();
      });
    }
  }
}

}  // namespace firstfloor::demo
