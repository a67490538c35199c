#include <atomic>

#include "absl/strings/str_cat.h"
#include "services/volunteer/testdata/town.h"

namespace firstfloor::volunteer::town {
namespace {

absl::StatusOr<v1::Project> Claim(const std::string& name, const As& as, const std::string& post = "",
                                  const std::string& request_id = testing::RequestId()) {
  v1::ClaimProjectRequest request;
  request.set_name(name);
  request.set_post(post);
  request.set_display_name("李书记");
  request.set_request_id(request_id);
  return Call<v1::Project>("ProjectService.ClaimProject", request, as);
}

v1::Project Get(const std::string& name, const As& as, bool unmask = false) {
  v1::GetProjectRequest request;
  request.set_name(name);
  request.set_unmask(unmask);
  v1::Project project;
  EXPECT_TRUE(Ask("ProjectService.GetProject", request, project, as).ok());
  return project;
}

TEST(Projects, OfTwoSecretariesAtOnceExactlyOneClaims) {
  for (int round = 0; round < 50; ++round) {
    const std::string name = PublishedProject().name();
    std::vector<absl::Status> outcomes(2);
    AtOnce(2, [&](int i) {
      outcomes[static_cast<size_t>(i)] = Claim(name, Secretary(absl::StrCat("secretary-", i))).status();
    });
    EXPECT_NE(outcomes[0].ok(), outcomes[1].ok()) << outcomes[0] << " " << outcomes[1];
    EXPECT_THAT((std::vector{Reason(outcomes[0]), Reason(outcomes[1])}),
                ::testing::UnorderedElementsAre("", "PROJECT_TAKEN"));
    const size_t winner = outcomes[0].ok() ? 0 : 1;
    EXPECT_EQ(Get(name, Staff(), true).secretary().subject(), absl::StrCat("secretary-", winner));
  }
}

TEST(Projects, AClaimSentAgainIsAnsweredAgain) {
  const std::string name = PublishedProject().name();
  const std::string request_id = testing::RequestId();
  const auto first = Must(Claim(name, Secretary("secretary-0"), "", request_id));
  const auto again = Must(Claim(name, Secretary("secretary-0"), "", request_id));
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Reason(Claim(name, Secretary("secretary-0")).status()), "PROJECT_TAKEN");
}

TEST(Projects, FromTheClaimToItsEnd) {
  const std::string name = PublishedProject().name();
  const As li = Secretary("secretary-li");
  Must(Claim(name, li));
  Must(Move<v1::Project, v1::StartProjectRequest>("ProjectService.StartProject", name, li));
  v1::RecordMilestoneRequest milestone;
  milestone.set_name(name);
  milestone.mutable_milestone()->set_title("食堂开业");
  v1::Evidence& evidence = *milestone.mutable_milestone()->add_evidence();
  evidence.set_uri("https://files.example.org/1.jpg");
  evidence.set_sha256(std::string(64, 'a'));
  EXPECT_EQ(
      Reason(Call<v1::Project>("ProjectService.RecordMilestone", milestone, Secretary("other")).status()),
      "DENIED")
      << "it is not theirs";
  Must(Call<v1::Project>("ProjectService.RecordMilestone", milestone, li));
  v1::InspectProjectRequest inspect;
  inspect.set_name(name);
  inspect.mutable_inspection()->set_passed(true);
  EXPECT_EQ(Reason(Call<v1::Project>("ProjectService.InspectProject", inspect, li).status()),
            "INSPECTOR_IS_CLAIMANT");
  Must(Call<v1::Project>("ProjectService.InspectProject", inspect, Staff()));
  v1::CompleteProjectRequest complete;
  complete.set_name(name);
  complete.set_beneficiaries(120);
  const auto completed = Must(Call<v1::Project>("ProjectService.CompleteProject", complete, li));
  EXPECT_EQ(completed.state(), v1::PROJECT_STATE_COMPLETED);
  EXPECT_EQ(completed.beneficiaries(), 120);
}

TEST(Projects, TheSecretaryIsMaskedForOthersAndRecordedWhenNot) {
  const std::string name = PublishedProject().name();
  Must(Claim(name, Secretary("secretary-li")));
  EXPECT_EQ(Get(name, Resident("resident-1")).secretary().display_name(), "李*");
  EXPECT_EQ(Get(name, Secretary("secretary-li")).secretary().display_name(), "李书记");
  const int64_t before = CountRows("SELECT COUNT(*) FROM event_log WHERE type LIKE '%PersonalDataRead'");
  EXPECT_EQ(Get(name, Staff(), true).secretary().display_name(), "李书记");
  EXPECT_EQ(CountRows("SELECT COUNT(*) FROM event_log WHERE type LIKE '%PersonalDataRead'"), before + 1);
  v1::GetProjectRequest request;
  request.set_name(name);
  request.set_unmask(true);
  v1::Project project;
  EXPECT_EQ(Reason(Ask("ProjectService.GetProject", request, project, Resident("resident-1"))), "DENIED");
}

TEST(Projects, AnEtagThatHasPassedIsRefused) {
  const v1::Project published = PublishedProject();
  Must(Claim(published.name(), Secretary("secretary-li")));
  v1::StartProjectRequest start;
  start.set_name(published.name());
  start.set_etag(published.etag());
  EXPECT_EQ(
      Reason(Call<v1::Project>("ProjectService.StartProject", start, Secretary("secretary-li")).status()),
      "ETAG_MISMATCH");
}

TEST(Posts, AChangeOfThePostHandsTheProjectOver) {
  v1::CreatePostRequest create;
  create.mutable_post()->set_organisation("BRANCH_7");
  create.mutable_post()->set_area(kBuilding);
  create.mutable_post()->set_role(v1::POST_ROLE_SECRETARY);
  create.mutable_post()->mutable_holder()->set_subject("secretary-li");
  create.mutable_post()->mutable_holder()->set_display_name("李书记");
  create.mutable_post()->mutable_deputy()->set_subject("secretary-wang");
  const auto post = Must(Call<v1::Post>("PostService.CreatePost", create, Staff()));
  EXPECT_EQ(post.holder().display_name(), "李*");
  const std::string name = PublishedProject().name();
  EXPECT_EQ(Reason(Claim(name, Secretary("secretary-zhao"), post.name()).status()), "DENIED");
  Must(Claim(name, Secretary("secretary-li"), post.name()));

  v1::AssignHolderRequest assign;
  assign.set_name(post.name());
  assign.mutable_holder()->set_subject("secretary-zhao");
  Must(Call<v1::Post>("PostService.AssignHolder", assign, Staff()));
  const v1::Project handed = Get(name, Secretary("secretary-zhao"));
  EXPECT_EQ(handed.secretary().subject(), "secretary-zhao");
  EXPECT_EQ(handed.state(), v1::PROJECT_STATE_CLAIMED);
  EXPECT_EQ(handed.hand_overs(), 1);

  EXPECT_TRUE(Must(Move<v1::Post, v1::SetAwayRequest>("PostService.SetAway", post.name(),
                                                      Secretary("secretary-zhao")))
                  .deputised());
  EXPECT_FALSE(
      Must(Move<v1::Post, v1::SetBackRequest>("PostService.SetBack", post.name(), Staff())).deputised());
  Must(Move<v1::Post, v1::EndPostRequest>("PostService.EndPost", post.name(), Staff()));
  EXPECT_EQ(Get(name, Secretary("secretary-wang")).secretary().subject(), "secretary-wang");
  v1::ListPostsRequest list;
  list.set_area(kBuilding);
  v1::ListPostsResponse listed;
  ASSERT_TRUE(Ask("PostService.ListPosts", list, listed, Resident("resident-1")).ok());
  EXPECT_EQ(listed.posts_size(), 0);
  list.set_include_ended(true);
  ASSERT_TRUE(Ask("PostService.ListPosts", list, listed, Resident("resident-1")).ok());
  EXPECT_EQ(listed.posts_size(), 1);
}

}  // namespace
}  // namespace firstfloor::volunteer::town
