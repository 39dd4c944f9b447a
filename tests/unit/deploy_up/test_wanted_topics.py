"""Which topics a province needs, and how each is kept."""

from deploy.topics import wanted
from deploy.topics_command import main
from schemas.topics import ALL


def by_name(*posts):
    return {topic.name: topic for topic in wanted(posts)}


def test_there_is_one_of_each_and_one_for_each_post_where_it_is_the_posts_own():
    topics = by_name("rach-mieu", "co-chien", "rach-mieu")
    per_post = [topic for topic in ALL if topic.per_post]
    assert len(topics) == len(ALL) - len(per_post) + 2 * len(per_post)
    assert "verdicts.rach-mieu.v1" in topics
    assert not any("<post>" in name for name in topics)


def test_facts_are_kept_fourteen_days_and_what_is_published_for_ever():
    topics = by_name("rach-mieu")
    assert topics["crossings.v1"].settings["retention.ms"] == str(14 * 24 * 3600 * 1000)
    assert topics["crossings.v1"].settings["cleanup.policy"] == "delete"
    assert topics["policies.v1"].settings["cleanup.policy"] == "compact"
    assert "retention.ms" not in topics["policies.v1"].settings


def test_the_broker_takes_what_is_too_large_so_that_it_can_be_buried_with_its_reason():
    for topic in ALL:
        found = by_name("p")[topic.name_for("p")]
        assert int(found.settings["max.message.bytes"]) > topic.max_bytes
        assert found.settings["message.timestamp.type"] == "LogAppendTime"
        assert found.partitions == topic.partitions


def test_the_list_can_be_read_without_a_cluster(capsys):
    assert main(["list", "--post", "ba-tri"]) == 0
    assert "verdicts.ba-tri.v1" in capsys.readouterr().out
